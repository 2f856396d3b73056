"""What the pages of working hours print."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class DayHours:
    """One weekday: its hours now, and from when they change."""

    name: str
    hours: str
    note: str = ""


@dataclass(frozen=True)
class ExceptionView:
    """Days off or more hours, and where to take them back."""

    kind: str
    icon: str
    when: str
    reason: str
    action: str
    version: int


@dataclass(frozen=True)
class StrandedView:
    """An appointment the hours no longer hold; whose it is, only who may know the patient is told."""

    time: str
    day: str
    doctor: str
    station: str
    code: str
    name: str = ""
    href: str = ""
    nearest: tuple[tuple[str, str], ...] = ()
    """Free times, and where each is taken; no address where the reader cannot."""
    move: str = ""
    doctor_href: str = ""
    override: str = ""


@dataclass(frozen=True)
class BoardDay:
    """A day of the board: the hours that begin on it, and what changes them."""

    name: str
    number: str
    is_today: bool
    hours: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """Icon and words."""


@dataclass(frozen=True)
class BoardRow:
    """A doctor's week, and how many of the appointments have lost their hours."""

    name: str
    about: str
    href: str
    stranded: str
    days: tuple[BoardDay, ...]


@dataclass(frozen=True)
class WhyLine:
    """A doctor and, day by day, why there is no slot."""

    doctor: str
    about: str
    unfit: tuple[str, ...]
    days: tuple[tuple[str, str], ...]


_STRANDED = StrandedView(
    "09:30",
    "Thứ Tư, 25/11/2026",
    "BS. Hà Văn Toản",
    "TYT Phủ Thông",
    "4KD2-9QXA",
    "Bàn Thị Nái",
    "/appointments/1",
    (("10:10, Thứ Tư, 25/11/2026 · BS. Lường Thu Hà", "/appointments/1/move?to=1-a"),),
    "/appointments/1/move",
    override="/appointments/1/override",
)


@dataclass(frozen=True, kw_only=True)
class HoursListPage(Page):
    """Whose hours a coordinator or manager looks after."""

    template: ClassVar[str] = "hours/list.html"
    nav: ClassVar[str] = "hours"
    fragments: ClassVar[dict[str, str]] = {"board": "board"}
    place: str
    week: str
    address: str
    before: str
    this_week: str
    after: str
    stranded: int
    days: tuple[BoardDay, ...]
    doctors: tuple[BoardRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a small house: one doctor works, the other is on leave."""
        names = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
        heads = tuple(BoardDay(name, str(23 + n), n == 0) for n, name in enumerate(names))
        leave = (("calendar-off", t("hours.reasons.leave")),)
        works = tuple(
            replace(day, hours=("07:00–11:30", "13:00–17:00") if n < 5 else ()) for n, day in enumerate(heads)
        )
        off = tuple(
            replace(day, notes=leave) if n in (2, 3) else replace(day, hours=(t("hours.whole_day"),))
            for n, day in enumerate(heads)
        )
        stranded = t("hours.stranded_count", count=2)
        return cls(
            place="BV Đa khoa Bắc Kạn",
            week="23/11/2026 – 29/11/2026",
            address="/hours",
            before="/hours?week=2026-11-16",
            this_week="/hours",
            after="/hours?week=2026-11-30",
            stranded=2,
            days=heads,
            doctors=(
                BoardRow("BS. Ma Thị Hương", t("hours.at_most_daily", count=20), "/hours/1", "", works),
                BoardRow("BS. Hà Văn Toản", "", "/hours/2", stranded, off),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class WeekPage(Page):
    """The week of a doctor, or the opening hours of a house, with what changes them."""

    template: ClassVar[str] = "hours/week.html"
    nav: ClassVar[str] = "hours"
    title: str
    about: str
    back: str
    done: str
    days: tuple[DayHours, ...]
    off: str
    """What stands for a day without hours."""
    unset: str
    """What it means that a house has recorded none at all."""
    facts: tuple[tuple[str, str], ...]
    exceptions: tuple[ExceptionView, ...]
    may_change: bool
    action: str
    may_set_terms: bool
    form: FormView
    exception_form: FormView
    example_day: str
    may_set_seats: bool
    terms_form: FormView
    seats_form: FormView
    fields: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[str, str, bool], ...]
    """Whose hours the form can be of, every service or one: words, address, whether it is that one."""
    week_for: str
    is_week_open: bool = False
    kinds: tuple[Option, ...]
    services: tuple[Option, ...]
    reasons: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a doctor's week with a leave to come and a slip of the pen."""
        form = filled({"valid_from": "30/11/2026", "mon": "07:30–11:30", "tue": "7 giờ", "version": 3})
        return cls(
            title=t("hours.mine"),
            about="BS. Hà Văn Toản, BV Đa khoa Bắc Kạn",
            back="",
            done="",
            days=(DayHours("Thứ Hai", "07:30–11:30, 13:30–16:30"), DayHours("Chủ Nhật", "", "từ 30/11/2026")),
            off=t("hours.off"),
            unset="",
            facts=((t("hours.daily_max"), "20"),),
            exceptions=(
                ExceptionView(
                    t("hours.kinds.closed"),
                    "calendar-off",
                    "25/11/2026",
                    t("hours.reasons.leave"),
                    "/hours/1",
                    1,
                ),
            ),
            may_change=True,
            action="/hours/1",
            may_set_terms=True,
            form=form.with_error("tue", t("forms.week.tue.pattern")),
            exception_form=FormView(),
            example_day="30/11/2026",
            may_set_seats=True,
            terms_form=filled({"daily_max": 20, "works_holidays": True, "version": 3}),
            seats_form=filled({"seats": 2, "version": 3}),
            fields=(("mon", "Thứ Hai"), ("tue", "Thứ Ba")),
            weeks=(
                (t("hours.all_services"), "/hours/1", False),
                (t("booking.service.hoi_chan"), "/hours/1?service=1", True),
            ),
            week_for=t("booking.service.hoi_chan"),
            kinds=kind_options(),
            services=(Option("1", t("booking.service.hoi_chan")),),
            reasons=reason_options(),
        )


@dataclass(frozen=True, kw_only=True)
class PreviewPage(Page):
    """What a change of hours would do, before it is done."""

    template: ClassVar[str] = "hours/preview.html"
    nav: ClassVar[str] = "hours"
    back: str
    action: str
    what: str
    hidden: tuple[tuple[str, str], ...]
    takes_back: bool = False
    """Whether days off or more hours are withdrawn: nothing was typed to go back to."""
    count: int
    more: int
    """How many there are besides those that are shown."""
    regained: int
    """How many appointments would have their hours back."""
    stranded: tuple[StrandedView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a leave that leaves one appointment without hours."""
        return cls(
            back="/hours/1",
            action="/hours/1/exception",
            what="Nghỉ 25/11/2026",
            hidden=(("first_on", "25/11/2026"),),
            count=3,
            more=2,
            regained=1,
            stranded=(_STRANDED,),
        )


@dataclass(frozen=True, kw_only=True)
class StrandedPage(Page):
    """Agreed appointments that changed hours no longer hold, with the nearest other times."""

    template: ClassVar[str] = "hours/stranded.html"
    nav: ClassVar[str] = "hours"
    fragments: ClassVar[dict[str, str]] = {"stranded": "stranded"}
    done: str
    refused: str
    """Why the time that was chosen was not taken."""
    address: str
    count: int
    stranded: tuple[StrandedView, ...]
    left: int
    more: str
    first: str

    @classmethod
    def example(cls) -> Self:
        """Return one appointment of the own station and one of another's, after an act."""
        other = replace(
            _STRANDED, code="7KQX-92MD", name="", href="", move="", doctor_href="/appointments/2/doctor"
        )
        return cls(
            done=t("booking.done.overridden"),
            refused="",
            address="/hours/stranded?after=1",
            count=27,
            stranded=(_STRANDED, other),
            left=5,
            more="/hours/stranded?after=2",
            first="/hours/stranded",
        )


@dataclass(frozen=True, kw_only=True)
class WhyPage(Page):
    """Why there is no slot, doctor by doctor: what was asked, whom it leaves, whom it passes over and why."""

    template: ClassVar[str] = "hours/why.html"
    nav: ClassVar[str] = "patients"
    back: str
    asked: tuple[tuple[str, str], ...]
    doctors: tuple[WhyLine, ...]
    passed: tuple[WhyLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two doctors: one on leave, one who is passed over."""
        return cls(
            back="/visits/1/slots",
            asked=(
                (t("hours.why_days"), "23/11/2026 – 06/12/2026"),
                (t("booking.slots.pool"), "Nội chung, BV Đa khoa Bắc Kạn"),
                (t("booking.slots.language"), "Tày"),
            ),
            doctors=(
                WhyLine(
                    "BS. Hà Văn Toản",
                    "BV Đa khoa Bắc Kạn",
                    (),
                    (("23/11/2026 – 25/11/2026", t("hours.why.on_leave")),),
                ),
            ),
            passed=(
                WhyLine(
                    "BS. Lường Thu Hà",
                    "TTYT Bạch Thông",
                    (t("hours.unfit.other_language"), t("hours.unfit.not_in_pool")),
                    (),
                ),
            ),
        )


def kind_options() -> tuple[Option, ...]:
    """Return what some days may be made: off, with more hours, or of one service only."""
    return tuple(Option(each, t(f"hours.kinds.{each}")) for each in ("closed", "extra", "service_only"))


def reason_options(
    reasons: Sequence[str] = ("leave", "training", "meeting", "duty", "equipment", "other"),
) -> tuple[Option, ...]:
    """Return why hours are changed."""
    return tuple(Option(each, t(f"hours.reasons.{each}")) for each in reasons)
