"""What a timeline prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import t
from web.pages import Page
from web.patients.pages import PersonLine, example_person
from web.timeline.lines import TimelineLine, example_lines


@dataclass(frozen=True)
class KindChoice:
    """One filter."""

    label: str
    href: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class TimelinePage(Page):
    """A page of a person's timeline, newest first."""

    template: ClassVar[str] = "timeline/timeline.html"
    nav: ClassVar[str] = "patients"
    person: PersonLine
    filters: tuple[KindChoice, ...]
    lines: tuple[TimelineLine, ...]
    older_href: str
    newest_href: str
    trends_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return a page in the middle of an invented life."""
        words = ("all", "visit", "appointment", "urgent", "message")
        return cls(
            person=example_person(),
            filters=tuple(
                KindChoice(t(f"timeline.filters.{each}"), "/patients/1/timeline", each == "all")
                for each in words
            ),
            lines=example_lines(),
            older_href="/patients/1/timeline?before=1",
            newest_href="/patients/1/timeline",
            trends_href="/patients/1/trends",
        )
