"""What the page of carried facts prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView
from web.i18n import t
from web.pages import Page
from web.visits.pages import example_person
from web.visits.people import PersonView


@dataclass(frozen=True)
class FactView:
    """One fact: its words, since when, and where it is changed."""

    id: str
    text: str
    since: str
    version: int


@dataclass(frozen=True, kw_only=True)
class KindView:
    """One kind: what stands there, whether this visit asked, the field for another."""

    kind: str
    title: str
    facts: tuple[FactView, ...]
    confirmed: str = ""
    form: FormView


@dataclass(frozen=True, kw_only=True)
class BackgroundPage(Page):
    """Problems, medicines, allergies: a page of its own, or the part `part-background` of the workspace.

    `known` are the facts that one tap confirms together; none where one kind or nothing waits for that.
    `changed` says that something else is carried by now than what was to be confirmed.
    """

    template: ClassVar[str] = "background/background.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"part-background": "part"}
    here: str
    back_href: str
    person: PersonView
    is_open: bool
    version: int
    known: tuple[str, ...]
    kinds: tuple[KindView, ...]
    past: tuple[FactView, ...]
    changed: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return what an invented patient carries, one kind confirmed."""
        return cls(
            here="/visits/0191/background",
            back_href="/visits/0191",
            person=example_person(),
            is_open=True,
            version=3,
            known=("3", "4"),
            kinds=(
                KindView(
                    kind="allergy",
                    title=t("background.kinds.allergy"),
                    facts=(FactView("1", "Penicillin", "12/03/2024", 1),),
                    confirmed=t("background.confirmed", time="09:40", name="Nông Thị Hạnh"),
                    form=FormView(),
                ),
                KindView(kind="medicine", title=t("background.kinds.medicine"), facts=(), form=FormView()),
            ),
            past=(FactView("2", "Enalapril 5 mg", "02/09/2025", 2),),
        )
