"""What the on-duty card prints about closed pages."""

from dataclasses import dataclass
from typing import Final, Self

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class BrowserView:
    """A browser that is told while it is closed."""

    id: str
    name: str
    since: str
    is_this: bool = False
    is_failing: bool = False


@dataclass(frozen=True)
class PushView:
    """The doctor's browsers, and the key this one would subscribe with."""

    key: str
    browsers: tuple[BrowserView, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether this browser is among them."""
        return any(each.is_this for each in self.browsers)

    @classmethod
    def example(cls) -> Self:
        """Return a phone that is told, and a computer that is not yet."""
        phone = BrowserView("1", "Chrome · Android", "08:10, 21/11/2026", is_failing=True)
        return cls("BExample", (phone,))


def browser_name(user_agent: str) -> str:
    """Return browser and system as their owner would name them, and nothing finer."""
    parts = [
        next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(part for part in parts if part) or "?"
