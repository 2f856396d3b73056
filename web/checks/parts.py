"""What several pages of check questions print: a question, a row of a list, an alarm."""

from dataclasses import dataclass

from web.forms import Option
from web.i18n import t


@dataclass(frozen=True)
class QuestionView:
    """One question as a form asks it, or paper prints it."""

    name: str
    kind: str
    label: str
    hint: str = ""
    unit: str = ""
    options: tuple[Option, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True)
class AnswerView:
    """What was answered at once: when, by which way, how it was judged and why."""

    when: str
    level: str
    kind: str
    icon: str
    rows: tuple[tuple[str, str], ...]
    why: tuple[str, ...]
    photos: tuple[tuple[str, str], ...] = ()
    """Of each photo what it answers, and where it is opened."""


@dataclass(frozen=True)
class RoundRow:
    """Somebody to phone or to visit, or whose answers a doctor waits for."""

    id: str
    href: str
    name: str
    about: str
    what: str
    level: str
    kind: str
    icon: str
    why: tuple[str, ...]
    due: str
    state: str
    is_late: bool
    phones: tuple[tuple[str, str], ...]
    address: str
    tries: str
    outcomes: tuple[Option, ...]
    action: str
    version: int
    is_red: bool
    is_home: bool
    seen_action: str = ""
    back: str = ""
    """The list a task's outcome leads back to."""


@dataclass(frozen=True)
class AlarmView:
    """A red answer that rings."""

    id: str
    title: str
    text: str
    take_action: str


def yes_no() -> tuple[Option, ...]:
    """Return the two answers."""
    return (Option("yes", t("checks.yes")), Option("no", t("checks.no")))


def example_questions() -> tuple[QuestionView, ...]:
    """Return one question of each kind."""
    return (
        QuestionView("q_systolic", "number", "Số trên của máy đo huyết áp", unit="mmHg"),
        QuestionView("q_danger", "yes_no", "Có đau ngực, khó thở không?", options=yes_no()),
        QuestionView(
            "q_taken",
            "choice",
            "Uống thuốc thế nào?",
            options=(Option("all", "Đủ như bác sĩ dặn"), Option("some", "Có hôm quên")),
        ),
        QuestionView("q_more", "text", "Muốn nói thêm gì với trạm", is_optional=True),
    )


def example_photo() -> QuestionView:
    """Return a question for a photo."""
    return QuestionView(
        "q_photo", "photo", "Ảnh chụp vết thương hôm nay", t("checks.patient.photo_hint"), is_optional=True
    )


def example_rows() -> tuple[RoundRow, ...]:
    """Return an invented red, a silent one and one to be visited."""
    outcomes = tuple(Option(each, t(f"checks.outcomes.{each}")) for each in ("not_reached", "sent_to_care"))
    return (
        RoundRow(
            id="0190",
            href="/checks/rounds/0190",
            name="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            what="Huyết áp đo tại nhà",
            level=t("checks.levels.red"),
            kind="urgent",
            icon="alert-triangle",
            why=("Số trên từ 180",),
            due=t("checks.since", time="08:12"),
            state=t("checks.states.calling"),
            is_late=True,
            phones=(("0868 123 456", "tel:+84868123456"),),
            address="Thôn Nà Ít",
            tries=t("checks.tries", count=1),
            outcomes=outcomes,
            action="/checks/rounds/0190/outcome",
            version=3,
            is_red=True,
            is_home=False,
        ),
        RoundRow(
            id="0191",
            href="/checks/rounds/0191",
            name="Triệu Văn Bảo",
            about="nam, 68 tuổi",
            what="Uống thuốc mới",
            level=t("checks.levels.silent"),
            kind="",
            icon="message-circle",
            why=(t("checks.reasons.silent"),),
            due=t("checks.since", time="08:00"),
            state=t("checks.states.visiting"),
            is_late=False,
            phones=(),
            address="Thôn Pác Chủ, xã Phủ Thông",
            tries="",
            outcomes=outcomes,
            action="/checks/rounds/0191/outcome",
            version=2,
            is_red=False,
            is_home=True,
            seen_action="/checks/rounds/0191/seen",
        ),
    )
