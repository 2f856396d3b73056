"""What the pages of follow-ups print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.booking.pages import BestView, place_options
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.visits.people import PersonView


@dataclass(frozen=True, kw_only=True)
class DueRow:
    """A patient who is to come back."""

    who: str
    about: str
    href: str
    when: str
    doctor: str
    reply: str
    is_overdue: bool
    book: str


@dataclass(frozen=True, kw_only=True)
class DuePage(Page):
    """Follow-ups to be booked, the first day first."""

    template: ClassVar[str] = "follow_ups/due.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"due": "due"}
    rows: tuple[DueRow, ...]
    count: int
    may_remind: bool = False
    url: str = "/follow-ups"
    next_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return one due and one overdue."""
        doctor = t("follow_ups.same_doctor", doctor="BS. Hà Văn Toản")
        window = t("follow_ups.window", first="27/11/2026", last="03/12/2026")
        row = DueRow(
            who="Đàm Thị Lụa",
            about="nữ, 60 tuổi",
            href="/patients/1",
            when=window,
            doctor=doctor,
            reply="",
            is_overdue=False,
            book="/follow-ups/1",
        )
        late = DueRow(
            who="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            href="/patients/2",
            when=t("follow_ups.one_day", date="20/11/2026"),
            doctor="",
            reply=t("follow_ups.reply", reply=t("follow_ups.replies.other_time")),
            is_overdue=True,
            book="/follow-ups/2",
        )
        return cls(rows=(late, row), count=2, may_remind=True)


@dataclass(frozen=True, kw_only=True)
class BookPage(Page):
    """The proposed times of one follow-up: the first is one tap away."""

    template: ClassVar[str] = "follow_ups/book.html"
    nav: ClassVar[str] = "tasks"
    person: PersonView
    when: str
    note: str
    problem: str
    action: str
    version: int
    form: FormView
    slots: tuple[BestView, ...]
    places: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two proposals of the doctor the patient knows."""
        return cls(
            person=PersonView("Đàm Thị Lụa", "nữ, 60 tuổi", "ĐL", (("Mã", "000123"),), "/patients/1"),
            when=t("follow_ups.window", first="27/11/2026", last="03/12/2026"),
            note=t("follow_ups.same"),
            problem="",
            action="/follow-ups/1/book",
            version=1,
            form=filled({"patient_place": "station"}),
            slots=(
                BestView("1-a", "09:30", "Thứ Sáu, 27/11/2026", "BS. Hà Văn Toản", "BVĐK Bắc Kạn"),
                BestView("1-b", "09:50", "Thứ Sáu, 27/11/2026", "BS. Hà Văn Toản", "BVĐK Bắc Kạn"),
            ),
            places=place_options(),
        )
