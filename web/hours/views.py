"""From stored hours to what the pages print."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import can
from telehealth.availability.models import AvailabilityException, AvailabilityRule, OpeningHours
from telehealth.availability.queries import Sheet, list_services
from telehealth.availability.service import AddException
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.scheduling.explain import DayAnswer
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import URGENT_SERVICE, Slot
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from web.booking.forms import slot_value
from web.formatting import date_text, datetime_text, long_date_text, time_text, weekday_text
from web.forms import FormView
from web.hours.forms import DAY_END, DAYS, span_text
from web.hours.pages import DayHours, ExceptionView, StrandedView
from web.i18n import t

_MONDAY = date(2026, 11, 23)
_WORDED = ("standard", "hoi_chan")
"""Services the catalogues have words for; others are told by their code."""

KIND_ICONS = {"closed": "calendar-off", "extra": "calendar-plus", "service_only": "calendar-event"}

Services = Mapping[UUID, str]

Row = AvailabilityRule | OpeningHours
_C = AppointmentCommand


def day_names() -> tuple[tuple[str, str], ...]:
    """Return the fields of the week with the names of their days."""
    return tuple((name, weekday_text(_MONDAY + timedelta(days=n))) for n, name in enumerate(DAYS))


def service_names(session: Session) -> dict[UUID, str]:
    """Return the services that hours can be kept for, in words: all but those made at once."""
    services = [row for row in list_services(session) if row.code != URGENT_SERVICE]
    return {row.id: t(f"booking.service.{row.code}") if row.code in _WORDED else row.code for row in services}


def week_view(sheet: Sheet, today: date, services: Services) -> tuple[DayHours, ...]:
    """Return each weekday with its hours now, and from when others hold."""
    days = []
    for weekday, (_, name) in enumerate(day_names()):
        rows = [row for row in sheet.weekly if row.weekday == weekday]
        now = [row for row in rows if row.valid_from <= today]
        later = [row for row in rows if row.valid_from > today]
        notes = [
            t("hours.from", date=date_text(row.valid_from), hours=rule_text(row, services)) for row in later
        ]
        ends = {row.valid_to for row in now if row.valid_to is not None}
        notes += [t("hours.until", date=date_text(day - timedelta(days=1))) for day in sorted(ends)]
        days.append(DayHours(name, ", ".join(rule_text(row, services) for row in now), "; ".join(notes)))
    return tuple(days)


def week_values(sheet: Sheet, on: date, service_id: UUID | None) -> dict[str, object]:
    """Return what the form of the week starts with: the hours of a service, or of all, that hold on a day."""
    values: dict[str, object] = {"valid_from": on, "version": sheet.version, "service": service_id}
    for weekday, name in enumerate(DAYS):
        rows = [row for row in sheet.weekly if row.weekday == weekday and _holds(row, on, service_id)]
        values[name] = ", ".join(span_text(row.start_minute, row.end_minute) for row in rows)
    return values


def week_links(action: str, form: FormView, services: Services) -> tuple[tuple[str, str, bool], ...]:
    """Return the ways to the weeks of every service and of each one, and which the form is of."""
    chosen = form["service"].value
    return (
        (t("hours.all_services"), f"{action}#week-form", not chosen),
        *(
            (name, f"{action}?service={each}#week-form", str(each) == chosen)
            for each, name in services.items()
        ),
    )


def _holds(row: Row, on: date, service_id: UUID | None) -> bool:
    return (
        _service_of(row) == service_id
        and row.valid_from <= on
        and (row.valid_to is None or row.valid_to > on)
    )


def hours_text(start: int, end: int) -> str:
    """Return hours as they are printed."""
    return t("hours.whole_day") if (start, end) == (0, DAY_END) else span_text(start, end)


def rule_text(row: Row, services: Services) -> str:
    """Return weekly hours as they are printed, with the service where they are of one only."""
    text = hours_text(row.start_minute, row.end_minute)
    service_id = _service_of(row)
    return t("hours.of_service", hours=text, service=services.get(service_id, "")) if service_id else text


def _service_of(row: Row) -> UUID | None:
    return None if isinstance(row, OpeningHours) else row.service_type_id


def kind_text(kind: str, service_id: UUID | None, services: Services) -> str:
    """Return what a dated change does, naming the service that hours are kept for."""
    if service_id is None:
        return t(f"hours.kinds.{kind}")
    return t("hours.only_for", service=services.get(service_id, ""))


def change_text(session: Session, change: AddException | AvailabilityException) -> str:
    """Return a dated change in one line: what it does, and when."""
    kind = kind_text(change.kind, change.service_type_id, service_names(session))
    return f"{kind}: {when_text(session, change.starts_at, change.ends_at)}"


def exception_views(
    session: Session, rows: Iterable[AvailabilityException], action: str, services: Services
) -> tuple[ExceptionView, ...]:
    """Return the exceptions to come."""
    return tuple(
        ExceptionView(
            kind=kind_text(row.kind, row.service_type_id, services),
            icon=KIND_ICONS[row.kind],
            when=when_text(session, row.starts_at, row.ends_at),
            reason=t(f"hours.reasons.{row.reason}") if row.reason else "",
            action=f"{action}/exceptions/{row.id}/withdraw",
            version=row.version,
        )
        for row in rows
    )


def when_text(session: Session, starts_at: datetime, ends_at: datetime) -> str:
    """Return a stretch of time: whole days as days, else with times."""
    zone = policy_of(session).zone
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.time() == end.time() == start.time().min:
        last = end.date() - timedelta(days=1)
        return date_text(start) if last == start.date() else f"{date_text(start)} – {date_text(last)}"
    return f"{datetime_text(start, zone)} – {datetime_text(end, zone)}"


def stranded_views(
    unit: Unit,
    actor: MembershipActor,
    rows: Sequence[Appointment],
    nearest: dict[UUID, list[Slot]] | None = None,
) -> tuple[StrandedView, ...]:
    """Return appointments without hours; a link where the reader's own house or hands they are in.

    The patient is named where that is in the reader's scope. The nearest times stand in their order.
    """
    zone, nearest = policy_of(unit.session).zone, nearest or {}
    slots = [slot for each in nearest.values() for slot in each]
    people = describe(
        unit.session,
        {row.doctor_membership_id for row in rows} | {slot.doctor_membership_id for slot in slots},
    )
    places = names_of(unit.session, {row.station_facility_id for row in rows})
    cards = find_cards(unit.session, actor, {row.patient_id for row in rows}, now=unit.now)
    may_pass = can(actor, "appointment.override")

    def name(membership_id: UUID) -> str:
        return card_text(people[membership_id]) if membership_id in people else ""

    return tuple(
        StrandedView(
            time=time_text(row.starts_at, zone),
            day=long_date_text(row.starts_at, zone),
            doctor=name(row.doctor_membership_id),
            station=places.get(row.station_facility_id, ""),
            code=row.code,
            name=cards[row.patient_id].full_name if row.patient_id in cards else "",
            href=f"/appointments/{row.id}"
            if actor.facility_id == row.station_facility_id or actor.ref == row.doctor_membership_id
            else "",
            nearest=tuple(
                (
                    f"{time_text(slot.starts_at, zone)}, {long_date_text(slot.starts_at, zone)}"
                    f" · {name(slot.doctor_membership_id)}",
                    _taking(actor, row, slot),
                )
                for slot in sorted(nearest.get(row.id, ()))
            ),
            move=_moving(actor, row),
            doctor_href=_changing(actor, row),
            override=f"/appointments/{row.id}/override" if may_pass and _allows(row, _C.OVERRIDE) else "",
        )
        for row in rows
    )


def _moving(actor: MembershipActor, row: Appointment) -> str:
    """Return where the station gives an appointment another time; empty for anybody else."""
    may = can(actor, "appointment.book") and actor.facility_id == row.station_facility_id
    return f"/appointments/{row.id}/move" if may and _allows(row, _C.RESCHEDULE) else ""


def _changing(actor: MembershipActor, row: Appointment) -> str:
    """Return where the doctors' house, which cannot open the appointment, gives it to another doctor."""
    may = can(actor, "appointment.override") and actor.facility_id != row.station_facility_id
    return f"/appointments/{row.id}/doctor" if may and _allows(row, _C.REASSIGN) else ""


def _taking(actor: MembershipActor, row: Appointment, slot: Slot) -> str:
    """Return where a free time is taken instead: at the same time it is another doctor for the house."""
    move, change = _moving(actor, row), _changing(actor, row)
    if move:
        return f"{move}?to={slot_value(slot.starts_at, slot.doctor_membership_id)}"
    is_same = slot.starts_at == row.starts_at and slot.doctor_membership_id != row.doctor_membership_id
    if change and is_same:
        return f"{change}?doctor={slot.doctor_membership_id}"
    to = slot_value(slot.starts_at, slot.doctor_membership_id)
    may = can(actor, "appointment.override") and _allows(row, _C.RESCHEDULE)
    return f"/appointments/{row.id}/move?to={to}" if may else ""


def card_text(card: MemberCard) -> str:
    """Return a colleague's title and name."""
    return f"{card.title} {card.name}".strip()


def why_days(days: Sequence[DayAnswer]) -> tuple[tuple[str, str], ...]:
    """Return days with the reason to say, those that follow one another with the same as one line."""
    lines: list[tuple[date, date, str]] = []
    for day in days:
        text = _why(day)
        if lines and lines[-1][2] == text and lines[-1][1] + timedelta(days=1) == day.on:
            lines[-1] = (lines[-1][0], day.on, text)
        else:
            lines.append((day.on, day.on, text))
    return tuple(
        (long_date_text(first) if first == last else f"{date_text(first)} – {date_text(last)}", text)
        for first, last, text in lines
    )


def _why(day: DayAnswer) -> str:
    if day.free:
        return t("hours.why.free", count=day.free)
    cause = day.decisive
    return t(f"hours.why.{cause.why}", **{"count": cause.starts, **cause.facts}) if cause else ""


def _allows(appointment: Appointment, command: AppointmentCommand) -> bool:
    return MACHINE.allows(AppointmentState(appointment.status), command)
