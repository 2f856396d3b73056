"""What the pages of later answers print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.answers.rules import STATION_REASONS
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.visits.people import PersonView


@dataclass(frozen=True)
class AnswerRow:
    """A request in a list: whose where it may be known, where from, by when."""

    id: str
    href: str
    title: str
    about: str
    facts: tuple[str, ...]
    state: str
    state_kind: str
    state_icon: str
    due: str
    is_late: bool
    take_action: str = ""


@dataclass(frozen=True)
class NoteLine:
    """Words of the thread."""

    title: str
    text: str
    by: str
    is_question: bool


@dataclass(frozen=True, kw_only=True)
class SendPage(Page):
    """Sending a visit: what is chosen is by when; all else has been written."""

    template: ClassVar[str] = "answers/send.html"
    nav: ClassVar[str] = "today"
    back_href: str
    ring_href: str
    person: PersonView
    facts: tuple[tuple[str, str], ...]
    form: FormView
    terms: tuple[Option, ...]
    pools: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the page for an invented patient."""
        return cls(
            back_href="/visits/0190",
            ring_href="/visits/0190/ring",
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            facts=(
                (t("visits.sections.reason"), "Mẩn ngứa lan dần hai tuần"),
                (t("attachments.title"), t("answers.pictures", count=3)),
            ),
            form=filled({"within": "half_day"}),
            terms=(
                Option("two_hours", t("answers.within.two_hours"), "10:00, 23/11/2026", "alert-triangle"),
                Option("half_day", t("answers.within.half_day"), "13:00, 23/11/2026"),
                Option("two_days", t("answers.within.two_days"), "09:00, 25/11/2026"),
            ),
            pools=(Option("0191", "Nội, TTYT khu vực Bạch Thông"),),
        )


@dataclass(frozen=True, kw_only=True)
class AnswerPage(Page):
    """One request: where it stands, by when, what was said, what the reader can do next."""

    template: ClassVar[str] = "answers/answer.html"
    nav: ClassVar[str] = "today"
    fragments: ClassVar[dict[str, str]] = {"answer": "answer"}
    here: str
    back_href: str
    row: AnswerRow
    person: PersonView | None
    reason: str
    notes: tuple[NoteLine, ...]
    levels: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    version: int
    form: FormView
    visit_href: str
    write_href: str
    question_action: str
    reply_action: str
    release_action: str
    answer_action: str
    withdraw_action: str
    reasons: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented request whose doctor waits for the station."""
        here = "/answers/0190"
        return cls(
            here=here,
            back_href="/answers",
            row=example_rows()[0],
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            reason="Mẩn ngứa lan dần hai tuần",
            notes=example_notes(),
            levels=(("Nội, TTYT khu vực Bạch Thông", "09:00"), ("Da liễu, BV Bắc Kạn", t("answers.ahead"))),
            steps=(("09:00", t("answers.step.sent", name="Nông Thị Hạnh")),),
            version=3,
            form=FormView(),
            visit_href="/visits/0190",
            write_href="/visits/0190/write",
            question_action="",
            reply_action=f"{here}/reply",
            release_action=f"{here}/release",
            answer_action=f"{here}/answer",
            withdraw_action=f"{here}/withdraw",
            reasons=withdraw_options(),
        )


@dataclass(frozen=True, kw_only=True)
class AnswersPage(Page):
    """What waits for an answer, those wanted first at the head; and what is over."""

    template: ClassVar[str] = "answers/list.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"answers": "answers"}
    note: str
    has_tabs: bool
    may_ask: bool = False
    rows: tuple[AnswerRow, ...]
    closed: tuple[AnswerRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented morning."""
        return cls(note=t("answers.note"), has_tabs=True, rows=example_rows(), closed=example_rows()[1:])


@dataclass(frozen=True, kw_only=True)
class ThreadPage(Page):
    """The thread of a visit as a part of its workspace, with a way to ask the station."""

    template: ClassVar[str] = "answers/part.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"part-answer": "part_answer"}
    here: str
    back_href: str
    row: AnswerRow | None
    notes: tuple[NoteLine, ...]
    seen: int
    version: int
    question_action: str
    answer_action: str

    @classmethod
    def example(cls) -> Self:
        """Return the thread of an invented visit."""
        return cls(
            here="/visits/0190/answer",
            back_href="/visits/0190/write",
            row=example_rows()[0],
            notes=example_notes(),
            seen=2,
            version=3,
            question_action="/answers/0190/question",
            answer_action="/answers/0190/answer",
        )


def withdraw_options() -> tuple[Option, ...]:
    """Return why a station may call a request off."""
    return tuple(Option(reason, t(f"answers.reasons.{reason}")) for reason in STATION_REASONS)


def example_notes() -> tuple[NoteLine, ...]:
    """Return an invented thread."""
    return (
        NoteLine(
            t("answers.notes.wish"), "Có cần chuyển da liễu không?", "Nông Thị Hạnh, 09:00, 23/11/2026", False
        ),
        NoteLine(
            t("answers.notes.question"), "Có sốt không, ai trong nhà bị?", "BS. Lường Thu Hà, 09:20", True
        ),
    )


def example_rows() -> tuple[AnswerRow, ...]:
    """Return invented requests: one the station is asked about, one that is late."""
    return (
        AnswerRow(
            "0190",
            "/answers/0190",
            "Bàn Thị Nái",
            "nữ, 77 tuổi",
            ("Điểm trạm Vi Hương", t("answers.pictures", count=3)),
            t("answers.states.asked"),
            "soon",
            "message",
            t("answers.due", time="13:00, 23/11/2026"),
            False,
        ),
        AnswerRow(
            "0191",
            "/answers/0191",
            t("answers.somebody", age=t("urgent.age.adult")),
            "",
            ("Điểm trạm Sin Suối Hồ", t("answers.urgency.routine")),
            t("answers.states.waiting"),
            "",
            "hourglass",
            t("answers.late", time="17:00, 22/11/2026"),
            True,
            "/answers/0191/take",
        ),
    )
