"""What the pages of an agreed appointment print: itself, its slip, another time, another doctor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.scheduling.rules import AbortReason, AbsentParty, CancelReason, OverrideReason
from web.booking.pages import EXAMPLE_PERSON, ActView
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Layout, Page
from web.visits.people import PersonView
from web.visits.pressing import PressingView


@dataclass(frozen=True)
class LinkView:
    """A way on to a page on which something is changed."""

    href: str
    label: str
    icon: str


@dataclass(frozen=True, kw_only=True)
class AppointmentPage(Page):
    """An appointment: when, who, how it stands, and what can be done with it."""

    template: ClassVar[str] = "booking/appointment.html"
    nav: ClassVar[str] = "appointments"
    fragments: ClassVar[dict[str, str]] = {"appointment": "appointment"}
    address: str
    person: PersonView
    time: str
    day: str
    status: str
    status_kind: str
    lost: str
    """What comes next where the hours no longer hold the time; empty where they do."""
    rows: tuple[tuple[str, str], ...]
    done: str
    form: FormView
    version: int
    pressing: PressingView | None
    join: str
    is_day: bool
    slip: str
    calendar: tuple[str, str] | None
    visit: str
    again: str
    wait: str
    links: tuple[LinkView, ...]
    why: tuple[str, ...]
    broken: str
    break_reasons: tuple[Option, ...]
    acts: tuple[ActView, ...]
    cancel: str
    cancel_hint: str
    reasons: tuple[Option, ...]
    absent: str
    absent_hint: str
    parties: tuple[Option, ...]
    history: tuple[tuple[str, str], ...]

    @classmethod
    def example(cls) -> Self:
        """Return an appointment that was just booked."""
        return cls(
            address="/appointments/1",
            person=EXAMPLE_PERSON,
            time="10:50",
            day="Thứ Hai, 23/11/2026",
            status=t("booking.status.booked"),
            status_kind="ok",
            lost=t("hours.lost.station"),
            rows=((t("booking.rows.doctor"), "BS. Lường Thu Hà"), (t("booking.rows.code"), "4KD2-9QXA")),
            done=t("booking.done.booked"),
            form=FormView(),
            version=2,
            pressing=PressingView.example(),
            join="/calls/1",
            is_day=True,
            slip="/appointments/1/slip",
            calendar=("/appointments/1/appointment.ics", t("calendars.add")),
            visit="/visits/1",
            again="",
            wait="/visits/1/waitlist",
            links=(
                LinkView("/appointments/1/move", t("moves.acts.move"), "calendar-event"),
                LinkView("/appointments/1/doctor", t("moves.acts.doctor"), "stethoscope"),
            ),
            why=(
                t("moves.why.pool", pool="Nội – tim mạch", count=3),
                t("moves.why.load", minutes=40, days=30, other=80),
            ),
            broken="/appointments/1/break-off",
            break_reasons=break_options(),
            acts=(ActView("/appointments/1/check-in", t("booking.acts.check_in"), "user-check"),),
            cancel="/appointments/1/cancel",
            cancel_hint=t("booking.acts.cancel_hint"),
            reasons=reason_options(),
            absent="/appointments/1/no-show",
            absent_hint=t(
                "calls.why.suggestion", party=t("booking.parties.network"), reason=t("calls.why.line_weak")
            ),
            parties=party_options(),
            history=(("08:05, 23/11/2026", t("booking.history.confirm")),),
        )


@dataclass(frozen=True, kw_only=True)
class SlipPage(Page):
    """The slip a patient takes home: when, where, what to bring, whom to phone."""

    template: ClassVar[str] = "booking/slip.html"
    layout: ClassVar[Layout] = "print"
    back: str
    facility: str
    phone: str
    name: str
    time: str
    day: str
    place: str
    is_home: bool = False
    code: str

    @classmethod
    def example(cls) -> Self:
        """Return the slip of an invented patient."""
        return cls(
            back="/appointments/1",
            facility="Trạm Y tế xã Phủ Thông",
            phone="0209 385 0123",
            name="Bàn Thị Nái",
            time="10:50",
            day="Thứ Hai, 23/11/2026",
            place=t("booking.slip.at_station", name="Trạm Y tế xã Phủ Thông"),
            code="4KD2-9QXA",
        )


@dataclass(frozen=True, kw_only=True)
class MovePage(Page):
    """The old time beside the new one, before anything is changed."""

    template: ClassVar[str] = "agreed/move.html"
    nav: ClassVar[str] = "appointments"
    back: str
    back_label: str
    other: str
    action: str
    name: str
    old: tuple[str, str, str]
    new: tuple[str, str, str]
    note: str
    slot: str
    version: int

    @classmethod
    def example(cls) -> Self:
        """Return a move by twenty minutes to another doctor."""
        return cls(
            back="/appointments/1",
            back_label=t("booking.appointment.title"),
            other="/appointments/1/move",
            action="/appointments/1/reschedule",
            name="Bàn Thị Nái",
            old=("10:50", "hôm nay, Thứ Hai, 23/11/2026", "BS. Lường Thu Hà"),
            new=("11:10", "hôm nay, Thứ Hai, 23/11/2026", "BS. Hà Văn Toản"),
            note=t("moves.told"),
            slot="1-a",
            version=2,
        )


@dataclass(frozen=True, kw_only=True)
class DoctorPage(Page):
    """Who is free at the time, to take it over."""

    template: ClassVar[str] = "agreed/doctor.html"
    nav: ClassVar[str] = "appointments"
    back: str
    back_label: str
    action: str
    lead: str
    times: str
    """Where another time is chosen when nobody is free at this one."""
    form: FormView
    doctors: tuple[Option, ...]
    version: int

    @classmethod
    def example(cls) -> Self:
        """Return a choice of two doctors and the pool's own."""
        return cls(
            back="/appointments/1",
            back_label=t("booking.appointment.title"),
            action="/appointments/1/doctor",
            lead=t("moves.now_at", time="10:50", day="hôm nay", doctor="BS. Lường Thu Hà"),
            times="/appointments/1/move",
            form=filled({"doctor": "pool"}),
            doctors=(
                Option("pool", t("moves.doctor.pool"), t("moves.doctor.pool_hint")),
                Option("a", "BS. Hà Văn Toản", "Nội tim mạch, BV tỉnh"),
                Option("b", "BS. Trần Quốc Anh", "Nội, khu vực Bạch Thông"),
            ),
            version=2,
        )


@dataclass(frozen=True, kw_only=True)
class OverridePage(Page):
    """A coordinator's way past the rules, with a reason."""

    template: ClassVar[str] = "agreed/override.html"
    nav: ClassVar[str] = "appointments"
    back: str
    back_label: str
    action: str
    lead: str
    form: FormView
    doctors: tuple[Option, ...]
    reasons: tuple[Option, ...]
    version: int | None
    nearest: tuple[str, ...] = ()

    @classmethod
    def example(cls) -> Self:
        """Return a form whose reason is missing."""
        form = filled({"day": "23/11/2026", "clock": "17:30", "doctor": "a"})
        return cls(
            back="/appointments/1",
            back_label=t("booking.appointment.title"),
            action="/appointments/1/override",
            lead=t("moves.now_at", time="10:50", day="hôm nay", doctor="BS. Lường Thu Hà"),
            form=form.with_error("reason", t("forms.move.reason.missing")),
            doctors=(Option("a", "BS. Hà Văn Toản"),),
            reasons=override_options(),
            version=2,
            nearest=("10:30 hôm nay", "10:50 hôm nay"),
        )


def reason_options() -> tuple[Option, ...]:
    """Return why an appointment may be called off."""
    return tuple(Option(each, t(f"booking.reasons.{each}")) for each in CancelReason)


def party_options() -> tuple[Option, ...]:
    """Return who may not have come."""
    return tuple(Option(each, t(f"booking.parties.{each}")) for each in AbsentParty)


def break_options() -> tuple[Option, ...]:
    """Return why a running appointment may have broken off."""
    return tuple(Option(each, t(f"moves.abort_reasons.{each}")) for each in AbortReason)


def override_options() -> tuple[Option, ...]:
    """Return why the rules may be passed."""
    return tuple(Option(each, t(f"moves.override_reasons.{each}")) for each in OverrideReason)
