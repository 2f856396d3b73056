"""What the pages of rosters print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class ShiftView:
    """A shift, gap or leave in a cell. `kind` is draft, gap, off or nothing; `notes` say what to look at."""

    hours: str
    text: str
    href: str = ""
    kind: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayView:
    """A day of the week, and of one pool on it."""

    name: str
    number: str
    is_today: bool = False
    add_href: str = ""
    shifts: tuple[ShiftView, ...] = ()


@dataclass(frozen=True)
class PoolRow:
    """A pool and its week; `now` says who is on duty now."""

    name: str
    note: str
    href: str
    now: str
    is_covered: bool
    days: tuple[DayView, ...]


@dataclass(frozen=True)
class NoticeView:
    """Something that was told, with where it leads and the address that puts it away."""

    link: str
    href: str
    text: str
    time: str
    action: str


@dataclass(frozen=True)
class FactLine:
    """An entry of a list."""

    title: str
    note: str = ""


_NOTICE = NoticeView(
    "",
    "",
    "BS. Vi Quốc Anh nhận ca 20:00–06:00, Thứ Ba, 24/11/2026",
    "08:10, 23/11/2026",
    "/duty/notices/1/seen",
)
_DAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


@dataclass(frozen=True, kw_only=True)
class BoardPage(Page):
    """The week board of a facility: pools by days, gaps, drafts, who is on duty now."""

    template: ClassVar[str] = "roster/board.html"
    nav: ClassVar[str] = "roster"
    fragments: ClassVar[dict[str, str]] = {"board": "board"}
    flash: str
    flash_kind: str = "ok"
    title: str
    address: str
    before: str
    after: str
    this_week: str
    add_href: str
    days: tuple[DayView, ...]
    rows: tuple[PoolRow, ...]
    gaps: tuple[str, ...]
    gap_count: int
    drafts: int
    refused: int
    may_hand_over: bool
    week: str
    version: int
    notices: tuple[NoticeView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the week of an invented hospital, with a gap and a draft."""
        day = ShiftView("07:00–19:00", "BS. Lường Thu Hà", "/roster/shifts/1")
        night = ShiftView("19:00–07:00", "BSCKI. Vi Quốc Anh", "/roster/shifts/2")
        draft = ShiftView(
            "07:00–19:00",
            "BS. Bế Văn Trực",
            "/roster/shifts/3",
            "draft",
            (t("roster.draft"), t("roster.trouble.on-leave")),
        )
        off = ShiftView(t("hours.whole_day"), t("roster.off", who="BS. Bế Văn Trực"), "/hours", "off")
        gap = ShiftView("19:00–24:00", t("roster.nobody"), "/roster/shifts/new?pool=1", "gap")
        numbers = [(name, str(23 + n)) for n, name in enumerate(_DAYS)]
        heads = tuple(DayView(name, number, number == "23") for name, number in numbers)
        cells = tuple(
            DayView(
                name,
                number,
                number == "23",
                "/roster/shifts/new?pool=1",
                (off, draft, gap) if number == "26" else (day, night),
            )
            for name, number in numbers
        )
        return cls(
            flash="",
            title="23/11–29/11/2026",
            address="/roster?week=23/11/2026",
            before="/roster?week=16/11/2026",
            after="/roster?week=30/11/2026",
            this_week="/roster",
            add_href="/roster/shifts/new?on=23/11/2026",
            days=heads,
            rows=(
                PoolRow(
                    "Trực khu vực Bạch Thông",
                    t("roster.around_the_clock"),
                    "/pools/1",
                    t("roster.now", who="BS. Lường Thu Hà", until="19:00"),
                    True,
                    cells,
                ),
                PoolRow(
                    "Sản phụ khoa",
                    "07:00–17:00",
                    "/pools/2",
                    t("roster.nobody_now"),
                    False,
                    tuple(
                        DayView(name, number, number == "23", "/roster/shifts/new?pool=2")
                        for name, number in numbers
                    ),
                ),
            ),
            gaps=("Trực khu vực Bạch Thông, Thứ Năm 19:00–24:00",),
            gap_count=1,
            drafts=1,
            refused=0,
            may_hand_over=True,
            week="23/11/2026",
            version=7,
            notices=(_NOTICE,),
        )


@dataclass(frozen=True, kw_only=True)
class PlanPage(Page):
    """Add shifts of one doctor to the roster; without a pool, choose one first."""

    template: ClassVar[str] = "roster/plan.html"
    nav: ClassVar[str] = "roster"
    back_href: str
    pool: str
    form: FormView
    pools: tuple[tuple[str, str], ...]
    doctors: tuple[Option, ...]
    days: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the form for an invented pool."""
        return cls(
            back_href="/roster",
            pool="Trực khu vực Bạch Thông",
            form=filled({"pool": "1", "from_time": "19:00", "until_time": "07:00", "days": ["24/11/2026"]}),
            pools=(("Trực khu vực Bạch Thông", "/roster/shifts/new?pool=1"),),
            doctors=(Option("1", "BS. Lường Thu Hà"), Option("2", "BSCKI. Vi Quốc Anh")),
            days=(Option("24/11/2026", "Thứ Ba, 24/11/2026"), Option("25/11/2026", "Thứ Tư, 25/11/2026")),
        )


@dataclass(frozen=True, kw_only=True)
class ShiftPage(Page):
    """One shift: whose, what to look at, what became of it, and what can be done."""

    template: ClassVar[str] = "roster/shift.html"
    nav: ClassVar[str] = "roster"
    back_href: str
    title: str
    pool: str
    state: str
    state_kind: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    events: tuple[FactLine, ...]
    may_change: bool
    is_published: bool
    path: str
    doctors: tuple[Option, ...]
    form: FormView

    @classmethod
    def example(cls) -> Self:
        """Return a published night of an invented doctor."""
        return cls(
            back_href="/roster",
            title="19:00–07:00, Thứ Ba, 24/11/2026",
            pool="Trực khu vực Bạch Thông",
            state=t("roster.state.published"),
            state_kind="ok",
            facts=((t("roster.doctor"), "BSCKI. Vi Quốc Anh"), (t("roster.hours"), "19:00–07:00")),
            warnings=(t("roster.trouble.on-leave"),),
            events=(FactLine(t("roster.event.publish"), "08:10, 23/11/2026, Đặng Thu Trang"),),
            may_change=True,
            is_published=True,
            path="/roster/shifts/1",
            doctors=(Option("1", "BS. Lường Thu Hà"),),
            form=filled({"version": 2}),
        )


@dataclass(frozen=True)
class OwnShift:
    """A shift of the doctor who looks."""

    title: str
    pool: str
    is_now: bool
    swap_href: str
    asked: str


@dataclass(frozen=True)
class SwapView:
    """A wish to swap, to answer or to take back."""

    title: str
    note: str
    path: str
    version: int


@dataclass(frozen=True, kw_only=True)
class DutyPage(Page):
    """A doctor's own shifts, what colleagues ask, what was told."""

    template: ClassVar[str] = "roster/duty.html"
    nav: ClassVar[str] = "duty"
    fragments: ClassVar[dict[str, str]] = {"duty": "duty"}
    flash: str
    shifts: tuple[OwnShift, ...]
    asked: tuple[SwapView, ...]
    asking: tuple[SwapView, ...]
    notices: tuple[NoticeView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the shifts of an invented doctor who was asked for one more."""
        return cls(
            flash="",
            shifts=(
                OwnShift("07:00–19:00, Thứ Hai, 23/11/2026", "Trực khu vực Bạch Thông", True, "", ""),
                OwnShift(
                    "19:00–07:00, Thứ Tư, 25/11/2026",
                    "Trực khu vực Bạch Thông",
                    False,
                    "/duty/shifts/2/swap",
                    "",
                ),
            ),
            asked=(
                SwapView(
                    "19:00–07:00, Thứ Ba, 24/11/2026",
                    t("roster.asks", who="BSCKI. Vi Quốc Anh"),
                    "/duty/swaps/1",
                    1,
                ),
            ),
            asking=(
                SwapView(
                    "07:00–19:00, Thứ Sáu, 27/11/2026",
                    t("roster.asked", who="BS. Bế Văn Trực"),
                    "/duty/swaps/2",
                    1,
                ),
            ),
            notices=(_NOTICE,),
        )


@dataclass(frozen=True, kw_only=True)
class SwapPage(Page):
    """Ask a colleague to take a shift."""

    template: ClassVar[str] = "roster/swap.html"
    nav: ClassVar[str] = "duty"
    title: str
    pool: str
    path: str
    form: FormView
    colleagues: tuple[Option, ...]
    returns: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the form for an invented shift."""
        return cls(
            title="19:00–07:00, Thứ Tư, 25/11/2026",
            pool="Trực khu vực Bạch Thông",
            path="/duty/shifts/2/swap",
            form=filled({"version": 2}),
            colleagues=(Option("1", "BSCKI. Vi Quốc Anh"),),
            returns=(Option("3", "BSCKI. Vi Quốc Anh: 07:00–19:00, Thứ Sáu, 27/11/2026"),),
        )
