"""What the documentation of the API prints."""

from dataclasses import dataclass
from typing import ClassVar

from web.pages import Layout, Page


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One value in the path, the query or the headers."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing a program can ask for."""

    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: str
    body_anchor: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The operations of one slice."""

    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One JSON object, field by field."""

    name: str
    text: str
    fields: tuple[Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class ApiPage(Page):
    """Every operation and every shape of the API."""

    template: ClassVar[str] = "docs/api.html"
    layout: ClassVar[Layout] = "plain"
    base_url: str
    groups: tuple[Group, ...]
    shapes: tuple[Shape, ...]

    @classmethod
    def example(cls) -> "ApiPage":
        """Return the page with one operation."""
        parameter = Parameter(name="visit_id", place="path", kind="string (uuid)", is_required=True, text="")
        operation = Operation(
            name="get_visit",
            method="GET",
            path="/api/v1/visits/{visit_id}",
            summary="Return a visit in scope.",
            parameters=(parameter,),
            body="",
            body_anchor="",
            answers=(("200", "VisitOut"), ("404", "Problem")),
        )
        field = Parameter(name="id", place="", kind="string (uuid)", is_required=True, text="")
        return cls(
            base_url="http://127.0.0.1:8000",
            groups=(Group(name="visits", operations=(operation,)),),
            shapes=(Shape(name="VisitOut", text="A visit.", fields=(field,)),),
        )
