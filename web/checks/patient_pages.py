"""What a patient's phone prints of check questions."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.checks.parts import QuestionView, example_photo, example_questions
from web.chrome import PatientChrome
from web.forms import FormView
from web.i18n import t
from web.links.pages import EXAMPLE_CHROME
from web.pages import Layout, Page


@dataclass(frozen=True, kw_only=True)
class QuestionsPage(Page):
    """The questions on one short page."""

    template: ClassVar[str] = "checks/questions.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    helped: str
    title: str
    watched: str
    questions: tuple[QuestionView, ...]
    form: FormView
    action: str
    has_photos: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return the page with a question that was left out."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Bàn Thị Nái",
            helped="",
            title="Huyết áp đo tại nhà",
            watched=t("checks.patient.unwatched"),
            questions=(*example_questions(), example_photo()),
            has_photos=True,
            form=FormView().with_error("q_systolic", t("checks.patient.missing")),
            action="/p/0190/questions",
        )


@dataclass(frozen=True, kw_only=True)
class AnsweredPage(Page):
    """What follows from the answers: go now, the station phones, or thanks."""

    template: ClassVar[str] = "checks/answered.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    level: str
    text: str
    phones: tuple[tuple[str, str], ...]
    again_href: str
    seen_href: str

    @classmethod
    def example(cls) -> Self:
        """Return the page after a red answer at night."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Bàn Thị Nái",
            level="red",
            text=t("checks.patient.red_night"),
            phones=((t("checks.patient.call_place", name="TTYT khu vực", phone="0209 3870 101"), "tel:+84"),),
            again_href="/p/0190/questions?again=true",
            seen_href="/p/0190/seen",
        )


@dataclass(frozen=True, kw_only=True)
class ClosedQuestionsPage(Page):
    """Too early, or over: what to do instead."""

    template: ClassVar[str] = "checks/not_now.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    title: str
    text: str

    @classmethod
    def example(cls) -> Self:
        """Return the page of the day before."""
        return cls(
            chrome=EXAMPLE_CHROME,
            title=t("checks.patient.early_title"),
            text=t("checks.patient.early_text", day="26/11/2026"),
        )
