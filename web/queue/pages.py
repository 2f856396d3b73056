"""What the doctor's queue prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.answers.pages import AnswerRow, example_rows
from web.i18n import t
from web.pages import Page
from web.roster.pages import NoticeView
from web.urgent.pages import DutyView


@dataclass(frozen=True)
class Fact:
    """A short fact of a row: an icon, words, and a kind where it is more than information."""

    text: str
    icon: str
    kind: str = ""


@dataclass(frozen=True)
class QueueRow:
    """An appointment of the day.

    `urgency` is urgent, soon or nothing; `is_on`: somebody waits now, and can be told for how many minutes
    yet (`notices`).
    """

    id: str
    href: str
    urgency: str
    tag: Fact
    name: str
    about: str
    reason: str
    facts: tuple[Fact, ...]
    time: str
    wait: str
    action: str
    is_on: bool = False
    notices: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """An entry of a side list."""

    title: str
    note: str
    href: str = ""
    lead: str = ""


@dataclass(frozen=True, kw_only=True)
class QueuePage(Page):
    """The day of a doctor: who comes and who waits, what is done, what still needs a signature."""

    template: ClassVar[str] = "queue/queue.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"queue": "queue"}
    now: str
    rows: tuple[QueueRow, ...]
    done: tuple[Line, ...]
    answers: tuple[AnswerRow, ...]
    unsigned: tuple[Line, ...]
    ahead: tuple[Line, ...]
    duty: DutyView | None
    notices: tuple[NoticeView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the day of an invented doctor."""
        waiting = QueueRow(
            id="0190",
            href="/cases/0190",
            urgency="soon",
            tag=Fact(t("booking.priority.urgent"), "alert-triangle", "soon"),
            name="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            reason="Khó thở tăng 5 ngày, phù nhẹ cổ chân",
            facts=(
                Fact("SpO2 89 %: Rất thấp", "alert-triangle", "urgent"),
                Fact(t("queue.waiting", who="Nông Thị Hạnh"), "door-enter", "ok"),
                Fact("Điểm trạm Vi Hương", "map-pin"),
                Fact(t("visits.kinds.remote_exam"), "stethoscope"),
            ),
            time="10:00",
            wait=t("queue.in", time="12 phút"),
            action=t("queue.open"),
            is_on=True,
            notices=(5, 10, 20, 30),
        )
        ahead = QueueRow(
            id="0191",
            href="/cases/0191",
            urgency="",
            tag=Fact(t("booking.priority.routine"), "circle"),
            name="Giàng Thị Máy",
            about="nữ, 29 tuổi",
            reason="Thai 31 tuần, xin ý kiến",
            facts=(Fact("Điểm trạm Sin Suối Hồ", "map-pin"),),
            time="10:30",
            wait=t("queue.in", time="42 phút"),
            action=t("queue.open"),
        )
        return cls(
            now="Thứ Hai, 23/11/2026, 09:48",
            rows=(waiting, ahead),
            done=(Line("Lý Minh Quân", "08:30", "/visits/0192"),),
            answers=example_rows(),
            unsigned=(Line("Hoàng Văn Thắng", "20/11/2026, 14:00", "/cases/0193"),),
            duty=DutyView.example(),
            notices=(
                NoticeView(
                    "", "", "Tuần từ 30/11/2026: anh/chị có 3 ca trực mới.", "08:10", "/duty/notices/1/seen"
                ),
            ),
            ahead=(Line("Vàng A Sử", "Điểm trạm Sin Suối Hồ", "/cases/0194", "24/11, 08:30"),),
        )
