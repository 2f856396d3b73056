"""What the examination prints: one form for each system, normal in one tap."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from web.cases.pages import Theirs
from web.forms import Option
from web.i18n import t
from web.pages import Page
from web.visits.pages import example_person
from web.visits.people import PersonView

ANSWERED: Final = "exam-heart-state"
"""Stands for the state of every item: its form names the one that is replaced."""


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """One system or question: what is written, the version it was read at, what was saved."""

    code: str
    label: str
    normal: str
    action: str
    state: str
    text: str
    version: int
    saved: str = ""
    theirs: Theirs | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class ExaminationPage(Page):
    """The examination: a page of its own, or the part `part-examination` of the workspace."""

    template: ClassVar[str] = "examination/examination.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"part-examination": "part", ANSWERED: "answered"}
    here: str
    back_href: str
    person: PersonView
    is_open: bool
    states: tuple[Option, ...]
    templates: tuple[Option, ...]
    template_code: str
    template_name: str
    choice_version: int
    systems: tuple[ItemView, ...]
    questions: tuple[ItemView, ...]
    progress: str
    has_rest: bool
    is_folded: bool = False
    answered: ItemView | None = None

    @classmethod
    def example(cls) -> Self:
        """Return an invented examination, half written, with a system somebody else wrote too."""

        def item(code: str, label: str, state: str, text: str = "", theirs: Theirs | None = None) -> ItemView:
            return ItemView(
                code=code,
                label=label,
                normal="Tim đều, không tiếng thổi.",
                action=f"/visits/0191/examination/items/{code}",
                state=state,
                text=text,
                version=1 if state else 0,
                saved=t("cases.saved", time="09:59") if state else "",
                theirs=theirs,
            )

        return cls(
            here="/visits/0191/examination",
            back_href="/visits/0191",
            person=example_person(),
            is_open=True,
            states=state_options(),
            templates=(Option("general", "Khám chung"), Option("child", "Trẻ em")),
            template_code="general",
            template_name=t("examination.version", name="Khám chung", version=1),
            choice_version=0,
            systems=(
                item("heart", "Tim", "normal", "Tim đều, không tiếng thổi."),
                item("lungs", "Phổi", "abnormal", "Ran ẩm", Theirs("Phổi trong", "Hoàng Văn Dũng", 2)),
                item("abdomen", "Bụng", ""),
            ),
            questions=(item("since", "Bệnh từ bao giờ", "answered", "Ba ngày"),),
            progress=t("examination.progress", done=3, all=4),
            has_rest=True,
            answered=item("heart", "Tim", "normal", "Tim đều, không tiếng thổi."),
        )


def state_options() -> tuple[Option, ...]:
    """Return what can be said of a system, nothing at the end."""
    names = ("normal", "abnormal", "not_examined", "")
    return tuple(Option(name, t(f"examination.states.{name or 'none'}")) for name in names)
