"""What a page is: one frozen dataclass of printable values for each template."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

Layout = Literal["staff", "patient", "call", "gate", "print", "plain"]

_registry: dict[str, type["Page"]] = {}


@dataclass(frozen=True, kw_only=True)
class Page(ABC):
    """The values one template prints. Subclasses are frozen dataclasses and name their template.

    `layout` picks the frame; `nav` is the entry of the navigation that is marked as the current place;
    `fragments` maps the id of an element that refreshes itself to the template block that prints it.
    """

    template: ClassVar[str]
    layout: ClassVar[Layout] = "staff"
    nav: ClassVar[str] = ""
    fragments: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Register the page under its template. Raises ValueError when two pages share one."""
        super().__init_subclass__()
        template = cls.__dict__.get("template")
        if template is None:
            return
        known = _registry.get(template)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"{template} is the template of {known.__qualname__} already")
        _registry[template] = cls

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Return the page filled with invented values: for tests, screenshots and the pattern page."""


def all_pages() -> list[type[Page]]:
    """Return every page of every area, by template name; imports their modules to find them."""
    import web

    for module in pkgutil.walk_packages(web.__path__, "web."):
        # Of the areas every module: not all pages are in a `pages.py`.
        if module.name == "web.errors" or module.name.count(".") == 2:
            importlib.import_module(module.name)
    return [_registry[template] for template in sorted(_registry)]
