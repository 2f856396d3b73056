"""What the station's day and the week's list print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.booking.pages import ActView
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.roster.pages import NoticeView
from web.tasks.pages import Haste
from web.waitlist.pages import OfferCard, offer_example


@dataclass(frozen=True)
class Fact:
    """A fact in a line: an icon, words, and a kind where it is more than information."""

    text: str
    icon: str
    kind: str = ""


@dataclass(frozen=True)
class Entry:
    """An appointment on the day's trail. `state` is done, live or nothing; `is_now` is the straw dot."""

    time: str = ""
    machine_time: str = ""
    title: str = ""
    text: str = ""
    state: str = ""
    icon: str = ""
    tag: Fact | None = None
    facts: tuple[Fact, ...] = ()
    href: str = ""
    action: str = ""
    is_primary: bool = False
    record_href: str = ""
    acts: tuple[ActView, ...] = ()
    version: int = 0
    is_now: bool = False


@dataclass(frozen=True)
class Line:
    """An entry of a side list."""

    title: str
    note: str
    href: str
    haste: Haste | None = None


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Whom the station has to phone or to visit, for those who phone: how many, and the most pressing."""

    is_shown: bool = False
    count: int = 0
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Untimed:
    """A visit no time is agreed for: where it gets one, by the rules or past them."""

    name: str
    since: str
    slots: str
    override: str


@dataclass(frozen=True)
class OnDutyLine:
    """A pool the station may ask: who is on duty now, and the number of its house."""

    pool: str
    place: str
    now: str
    is_covered: bool
    phone: str
    phone_href: str


@dataclass(frozen=True)
class Row:
    """An appointment in the week's table."""

    href: str
    time: str
    name: str
    about: str
    doctor: str
    kind: str
    status: str
    status_kind: str


@dataclass(frozen=True)
class DayRows:
    """A day of the week's table."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class StationLine:
    """In how many seconds this page checks the line by itself, if ever; and what is to be known of it."""

    seconds: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class TodayPage(Page):
    """The station's first page: figures, the day as a path, who waits, what is to do."""

    template: ClassVar[str] = "today/today.html"
    nav: ClassVar[str] = "today"
    fragments: ClassVar[dict[str, str]] = {"day": "day", "on-duty": "on_duty", "line": "line"}
    date: str
    may_request: bool
    figures: tuple[tuple[str, str, str], ...]
    entries: tuple[Entry, ...]
    waiting: tuple[Line, ...]
    calls: Calls
    tasks: tuple[Line, ...]
    offers: tuple[OfferCard, ...]
    may_book_back: bool
    due_back: str
    on_duty: tuple[OnDutyLine, ...]
    notices: tuple[NoticeView, ...]
    stranded: int
    untimed: tuple[Untimed, ...]
    line: StationLine
    glass: str

    @classmethod
    def example(cls) -> Self:
        """Return the day of an invented station."""
        arrived = Fact(t("today.arrived", time="09:24", wait="18 phút"), "map-pin", "ok")
        return cls(
            date="Thứ Hai, 23/11/2026",
            line=StationLine(text=t("lines.notice", time="09:12", mode=t("lines.modes.audio"))),
            glass=t("glass.waiting_count", count=1),
            may_request=True,
            figures=(
                (t("today.figures.appointments"), "4", t("today.figures.done", count=1)),
                (t("today.figures.waiting"), "1", t("today.figures.longest", time="18 phút")),
                (t("today.figures.tasks"), "2", ""),
            ),
            entries=(
                Entry(
                    "07:30",
                    "2026-11-23T07:30",
                    "Hoàng Văn Thắng, 68 tuổi",
                    "BS. Hà Văn Toản",
                    "done",
                    "check",
                ),
                Entry(
                    time="09:30",
                    title="Đàm Thị Lụa, 60 tuổi",
                    text="Đau gối phải 3 tuần · BS. Lường Thu Hà",
                    state="live",
                    icon="video",
                    tag=Fact(t("today.in_call"), "video", "live"),
                    href="/calls/1",
                    action=t("today.join"),
                    is_primary=True,
                ),
                Entry(time="09:42", is_now=True),
                Entry(
                    time="10:00",
                    title="Bàn Thị Nái, 77 tuổi",
                    text="Khó thở khi leo dốc · BS. Hà Văn Toản",
                    tag=Fact(t("booking.priority.urgent"), "alert-triangle", "soon"),
                    facts=(Fact(t("today.no_hours"), "calendar-off", "soon"), arrived),
                    href="/appointments/2",
                    action=t("today.open"),
                    acts=(ActView("/appointments/2/check-in", t("booking.acts.check_in"), "user-check"),),
                    version=2,
                ),
            ),
            waiting=(Line("Bàn Thị Nái", t("today.since", time="09:24"), "/appointments/2"),),
            calls=Calls(
                is_shown=True,
                count=7,
                lines=(
                    Line(
                        "Hà Thị Mơ", f"{t('checks.levels.silent')} · {t('checks.states.calling')}", "/checks"
                    ),
                ),
            ),
            tasks=(
                Line(
                    "La Văn Dìn",
                    t("tasks.kinds.see_order"),
                    "/orders/1",
                    Haste(t("orders.when.now"), "soon", "alert-triangle"),
                ),
                Line("Nông Văn Kiên", "Xin đổi giờ hẹn", "/tasks"),
            ),
            offers=(offer_example(),),
            may_book_back=True,
            due_back=t("follow_ups.count", count=3),
            on_duty=(
                OnDutyLine(
                    "Trực khu vực Bạch Thông",
                    "TTYT khu vực Bạch Thông",
                    t("roster.now", who="BS. Lường Thu Hà", until="19:00"),
                    True,
                    "0209 3850 123",
                    "tel:+842093850123",
                ),
                OnDutyLine("Sản phụ khoa", "BVĐK Bắc Kạn", t("roster.nobody_now"), False, "", ""),
            ),
            notices=(
                NoticeView(
                    "Bàn Thị Nái",
                    "/appointments/2",
                    "Lịch hẹn 7KQX-92MD: BS. Bế Văn Trực khám thay",
                    "09:10",
                    "/duty/notices/1/seen",
                ),
            ),
            stranded=2,
            untimed=(
                Untimed(
                    "Nông Văn Kiên",
                    t("today.untimed_since", time="16:20, 22/11/2026"),
                    "/visits/3/slots",
                    "/visits/3/override",
                ),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class WeekPage(Page):
    """The week's appointments, by day; narrowed by doctor and state, printed as it stands."""

    template: ClassVar[str] = "today/week.html"
    nav: ClassVar[str] = "appointments"
    fragments: ClassVar[dict[str, str]] = {"week": "week"}
    title: str
    address: str
    before: str
    after: str
    stranded: int
    filter: FormView
    statuses: tuple[Option, ...]
    doctors: tuple[Option, ...]
    days: tuple[DayRows, ...]
    heads: tuple[str, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a week with two invented appointments."""
        done = Row(
            "/appointments/1",
            "07:30",
            "Hoàng Văn Thắng",
            "nam, 68 tuổi",
            "BS. Hà Văn Toản",
            t("visits.kinds.remote_exam"),
            t("booking.status.fulfilled"),
            "",
        )
        booked = Row(
            "/appointments/2",
            "10:00",
            "Bàn Thị Nái",
            "nữ, 77 tuổi",
            "BS. Lường Thu Hà",
            t("visits.kinds.facility_support"),
            t("booking.status.booked"),
            "ok",
        )
        return cls(
            title="23/11/2026 – 29/11/2026",
            address="/appointments",
            before="/appointments?first=16/11/2026",
            after="/appointments?first=30/11/2026",
            stranded=2,
            filter=filled({"first": "23/11/2026"}),
            statuses=(Option("booked", t("booking.status.booked")),),
            doctors=(Option("1", "BS. Hà Văn Toản"),),
            days=(DayRows("Thứ Hai, 23/11/2026", (done, booked)),),
            heads=heads(),
        )


def heads() -> tuple[str, ...]:
    """Return the columns of the week's table."""
    return tuple(t(f"today.heads.{name}") for name in ("time", "patient", "doctor", "kind", "status"))
