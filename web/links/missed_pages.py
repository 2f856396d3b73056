"""What the page of a missed visit prints."""

from dataclasses import dataclass
from typing import ClassVar

from web.chrome import PatientChrome
from web.forms import FormView, Option
from web.i18n import t
from web.links.pages import EXAMPLE_CHROME
from web.pages import Layout, Page


@dataclass(frozen=True, kw_only=True)
class MissedPage(Page):
    """A new time to take at once, the wish to be called, or that no visit is needed any more."""

    template: ClassVar[str] = "links/missed.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    about: str
    form: FormView
    offered: tuple[Option, ...]
    answered: str
    can_answer: bool
    action: str

    @classmethod
    def example(cls) -> "MissedPage":
        """Return the page as the text leads to it."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Lý Thị Lụa",
            about=t("links.missed.text", time="09:30", date="Thứ Hai, 23/11/2026"),
            form=FormView(),
            offered=(
                Option("1795658400", "09:00", "Thứ Tư, 25/11/2026"),
                Option("1795674600", "13:30", "Thứ Tư, 25/11/2026"),
            ),
            answered="",
            can_answer=True,
            action="/p/1/new-time",
        )
