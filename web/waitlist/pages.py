"""What the pages of the wait list print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.visits.people import PersonView


@dataclass(frozen=True, kw_only=True)
class OfferCard:
    """A time held for a patient of the station, and how long it may still be answered."""

    id: str
    title: str
    who: str
    doctor: str
    moves: str
    seconds: int
    total: int
    clock: str
    version: int


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    """One entry: who, since when, for whom and when, what it has meanwhile."""

    who: str
    href: str
    code: str
    priority: str
    is_soon: bool
    since: str
    when: str
    whom: str
    has: str
    state: str
    asked: str
    leave: str
    take_back: str
    version: int


@dataclass(frozen=True)
class Fitting:
    """Somebody who would take a gap."""

    who: str
    note: str
    is_soon: bool
    priority: str
    action: str
    label: str
    version: int


@dataclass(frozen=True)
class GapView:
    """Free times of a doctor's day that the same people would take, the first to be asked on top.

    `times` are what is read and what is sent.
    """

    day: str
    doctor: str
    times: tuple[tuple[str, str], ...]
    fitting: tuple[Fitting, ...]


@dataclass(frozen=True)
class GroupView:
    """Those who wait for one pool, or each for a doctor of their own."""

    title: str
    rows: tuple[WaitingRow, ...]


@dataclass(frozen=True, kw_only=True)
class OwnPage(Page):
    """The station's entries: offers to answer on top."""

    template: ClassVar[str] = "waitlist/own.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"waitlist": "waitlist"}
    flash: str
    problem: str
    offers: tuple[OfferCard, ...]
    rows: tuple[WaitingRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a station with an offer and somebody who waits."""
        return cls(flash=t("waitlist.done.joined"), problem="", offers=(offer_example(),), rows=(_row(),))


@dataclass(frozen=True, kw_only=True)
class AskedPage(Page):
    """The coordinator's list: gaps with the best fitting entries, then who waits, by pool."""

    template: ClassVar[str] = "waitlist/asked.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"asked": "asked"}
    has_tabs: bool = False
    address: str
    flash: str
    problem: str
    pools: tuple[Option, ...]
    pool: str
    gaps: tuple[GapView, ...]
    groups: tuple[GroupView, ...]
    more: str
    unasked: str

    @classmethod
    def example(cls) -> Self:
        """Return a pool with one gap and two who wait."""
        who = t("waitlist.of_station", station="TYT Phủ Thông")
        urgent, routine = t("booking.priority.urgent"), t("booking.priority.routine")
        first = Fitting(
            who, t("waitlist.since", time="08:10, 20/11/2026"), True, urgent, "/waitlist/1/offer", "Mời", 1
        )
        second = Fitting(who, "Chờ từ 09:00, 18/11/2026", False, routine, "/waitlist/2/offer", "Mời", 1)
        return cls(
            address="/waitlist/asked",
            flash="",
            problem="",
            pools=(Option("1", "Nội – tim mạch"), Option("2", "Sản phụ khoa")),
            pool="1",
            gaps=(
                GapView("ngày mai", "BS. Hà Văn Toản", (("09:30", "1-a"), ("09:50", "2-a")), (first, second)),
            ),
            groups=(
                GroupView("Nội – tim mạch", (_row(who, "", ""), _row(who, "", "", "/waitlist/3/take-back"))),
            ),
            more=t("waitlist.more", count=12),
            unasked=t("waitlist.unasked", count=3),
        )


@dataclass(frozen=True, kw_only=True)
class JoinPage(Page):
    """The one form by which a visit begins to wait."""

    template: ClassVar[str] = "waitlist/join.html"
    nav: ClassVar[str] = "patients"
    person: PersonView
    back: str
    booked: str
    form: FormView
    whom: tuple[Option, ...]
    weekdays: tuple[Option, ...]
    parts: tuple[Option, ...]
    priorities: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the form for a visit that is booked already, with a day mistyped."""
        typed = filled({"earliest_on": "23/11/2026", "latest_on": "30/11", "weekdays": ("0", "2")})
        return cls(
            person=PersonView("Bàn Thị Nái", "nữ, 77 tuổi", "BN", (("Mã", "000123"),), "/patients/1"),
            back="/visits/1/slots",
            booked=t("waitlist.booked", time="09:30, 30/11/2026"),
            form=typed.with_error("latest_on", t("forms.waitlist.latest_on.date")),
            whom=(Option("pool:1", "Nội – tim mạch, BVĐK Bắc Kạn"), Option("doctor:2", "BS. Hà Văn Toản")),
            weekdays=weekday_options(),
            parts=(Option("morning", t("booking.part.morning")),),
            priorities=(Option("routine", t("booking.priority.routine")),),
        )


def offer_example() -> OfferCard:
    """Return an offer of an invented station."""
    return OfferCard(
        id="1",
        title=t("waitlist.offer_title", time="09:30", day="ngày mai"),
        who="Đàm Thị Lụa",
        doctor="BS. Hà Văn Toản",
        moves=t("waitlist.offer_moves", time="14:10, 30/11/2026"),
        seconds=1512,
        total=1800,
        clock="25:12",
        version=2,
    )


def weekday_options() -> tuple[Option, ...]:
    """Return the days of the week."""
    return tuple(Option(str(day), t(f"waitlist.days.{day}")) for day in range(7))


def _row(
    who: str = "Bàn Thị Nái",
    href: str = "/patients/1",
    leave: str = "/waitlist/2/leave",
    take_back: str = "",
) -> WaitingRow:
    return WaitingRow(
        who=who,
        href=href,
        code="7K2M",
        priority=t("booking.priority.urgent"),
        is_soon=True,
        since=t("waitlist.since", time="08:10, 20/11/2026"),
        when=f"{t('waitlist.window', first='23/11/2026', last='30/11/2026')}, {t('waitlist.any_time')}",
        whom="Nội – tim mạch, BVĐK Bắc Kạn",
        has=t("waitlist.booked", time="14:10, 30/11/2026"),
        state=t("waitlist.offered_until", time="10:30") if take_back else "",
        asked=t("waitlist.asked_before", count=1),
        leave=leave,
        take_back=take_back,
        version=1,
    )
