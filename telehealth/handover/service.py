"""Handing over a doctor's day: each part in a transaction of its own, so that one refusal stops no other.

And telling those who have to arrange an appointment whose hours were changed away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.duty import service as duty
from telehealth.duty.service.history import NoticeKind, tell
from telehealth.handover import queries
from telehealth.handover.rules import HandOver, Verdict
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError, StaleError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentHandedOver,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentSupported,
    AppointmentUnsupported,
)
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_by_id, get_to_arrange, list_events
from telehealth.scheduling.rules import AcceptMode, Support
from telehealth.scheduling.states import AGREED, AppointmentState
from telehealth.staff.queries import describe

T = TypeVar("T")

REASON: Final = "hand_over"
"""The reason history gives for a shift that went to another with the whole day."""


class Runner(Protocol):
    """What commits each part: the edge's writer."""

    def run(self, work: Callable[[Unit], T]) -> T:
        """Run `work(unit)`, committed before this returns."""
        ...


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over, and what was left, by id with the code of the refusal or verdict."""

    shifts: tuple[UUID, ...]
    appointments: tuple[UUID, ...]
    left: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to move, as (id, version) pairs, and what is not, with the code why."""

    shifts: tuple[tuple[UUID, int], ...]
    appointments: tuple[tuple[UUID, int], ...]
    left: dict[UUID, str]


def hand_over(
    runner: Runner, actor: Actor, from_id: UUID, to_id: UUID, on: date, *, version: int | None = None
) -> Handed:
    """Give a doctor's day to another: all that can move does, everybody concerned is told.

    Stations hear of each appointment, both doctors of the whole; a patient whose time stays is sent
    nothing, because no text names a doctor. Raises what `queries.preview` raises, and `stale-version`
    where the day is no longer as it was seen; then nothing moves.
    """
    check(actor, "day.hand_over")

    def look(unit: Unit) -> _Wanted:
        seen = queries.preview(unit.session, actor, from_id, to_id, on, now=unit.now)
        if version is not None and version != seen.version:
            raise StaleError
        return _wanted(seen)

    wanted = runner.run(look)

    def shift(unit: Unit, shift_id: UUID, version: int) -> None:
        duty.assign(unit.session, actor, shift_id, to_id, reason=REASON, version=version, now=unit.now)

    def appointment(unit: Unit, appointment_id: UUID, version: int) -> None:
        hand_appointment(unit.session, actor, appointment_id, to_id, version=version, now=unit.now)

    shifts, kept = _each(runner, wanted.shifts, shift)
    appointments, left = _each(runner, wanted.appointments, appointment)
    if appointments:
        count = len(appointments)
        runner.run(lambda unit: _tell_doctors(unit.session, from_id, to_id, on, count, unit.now))
    return Handed(tuple(shifts), tuple(appointments), {**wanted.left, **kept, **left})


def hand_appointment(
    session: Session, actor: Actor, appointment_id: UUID, to_id: UUID, *, version: int, now: datetime
) -> Appointment:
    """Give one appointment to another doctor of the house, its time kept; the station is told.

    Raises `not-qualified` and what `scheduling.service.reassign` raises.
    """
    check(actor, "day.hand_over")
    queries.require_doctor(session, actor, to_id, now=now)
    seen = get_to_arrange(session, actor, appointment_id, now=now)
    was = seen.doctor_membership_id
    asked = queries.candidates(session, actor, [seen], now=now)[seen.id]
    if to_id not in asked.qualified(was):
        raise ConflictError("not-qualified")
    moved = scheduling.reassign(
        session, actor, appointment_id, doctor_membership_id=to_id, version=version, now=now
    )
    data = {**_facts(moved), "from": str(was), "doctor": str(to_id)}
    tell(session, moved.station_facility_id, NoticeKind.DOCTOR_CHANGED, data, now)
    note_change(session, "duty", moved.id, scopes=[moved.station_facility_id], now=now)
    return moved


def on_appointment_unsupported(session: Session, event: AppointmentUnsupported, now: datetime) -> None:
    """Tell the station, the doctor and the doctor's house that the hours no longer hold an agreed time."""
    appointment = get_by_id(session, event.appointment_id)
    if appointment.status == AppointmentState.HELD:
        return
    _tell_lost(session, appointment, now)


def on_appointment_kept(
    session: Session, event: AppointmentBooked | AppointmentRequested, now: datetime
) -> None:
    """Tell the same of a slot that was only held when the hours changed, and is agreed or asked for now."""
    appointment = get_by_id(session, event.appointment_id)
    if appointment.support != Support.UNSUPPORTED:
        return
    if list_events(session, appointment)[-1].from_status == AppointmentState.HELD:
        _tell_lost(session, appointment, now)


def on_appointment_given(session: Session, event: AppointmentMoved, now: datetime) -> None:
    """Tell a doctor of an agreed time they were given where they are else asked first."""
    doctor_id, appointment = event.doctor_membership_id, get_by_id(session, event.appointment_id)
    is_given = event.is_agreed and doctor_id != event.was_doctor_membership_id
    if not is_given or appointment.accept_mode != AcceptMode.DOCTOR or appointment.status not in AGREED:
        return
    data = {**_facts(appointment), "from": str(event.was_doctor_membership_id), "doctor": str(doctor_id)}
    tell(session, doctor_id, NoticeKind.APPOINTMENT_GIVEN, data, now)
    note_change(session, "duty", appointment.id, scopes=[doctor_id], now=now)


def on_appointment_settled(
    session: Session,
    event: AppointmentSupported
    | AppointmentMoved
    | AppointmentCancelled
    | AppointmentDeclined
    | AppointmentHandedOver,
    now: datetime,
) -> None:
    """Put away what was told of lost hours: they hold again, or the appointment is elsewhere or over."""
    was = event.doctor_membership_id
    if isinstance(event, AppointmentMoved | AppointmentHandedOver):
        was = event.was_doctor_membership_id
    concerned = _concerned(session, event.station_facility_id, was)
    if duty.put_away(session, concerned, event.appointment_id, now=now):
        note_change(session, "duty", event.appointment_id, scopes=concerned, now=now)


def _tell_lost(session: Session, appointment: Appointment, now: datetime) -> None:
    data = {**_facts(appointment), "doctor": str(appointment.doctor_membership_id)}
    concerned = _concerned(session, appointment.station_facility_id, appointment.doctor_membership_id)
    for recipient_id in concerned:
        tell(session, recipient_id, NoticeKind.HOURS_LOST, data, now)
    note_change(session, "duty", appointment.id, scopes=concerned, now=now)


def _concerned(session: Session, station_id: UUID, doctor_id: UUID) -> list[UUID]:
    cards = describe(session, {doctor_id}).values()
    return sorted({station_id, doctor_id, *(card.facility_id for card in cards)})


def _wanted(seen: HandOver) -> _Wanted:
    left = {part.shift.id: str(part.troubles[0]) for part in seen.shifts if not part.moves}
    stay = [part for part in seen.appointments if part.verdict is not Verdict.MOVES]
    return _Wanted(
        shifts=tuple((part.shift.id, part.shift.version) for part in seen.shifts if part.moves),
        appointments=tuple(
            (part.appointment.id, part.appointment.version)
            for part in seen.appointments
            if part.verdict is Verdict.MOVES
        ),
        left={**left, **{part.appointment.id: str(part.verdict) for part in stay}},
    )


def _each(
    runner: Runner, pairs: Iterable[tuple[UUID, int]], act: Callable[[Unit, UUID, int], None]
) -> tuple[list[UUID], dict[UUID, str]]:
    """Act on each part in a unit of its own; return what was done, and the refusals of the rest."""
    done: list[UUID] = []
    refused: dict[UUID, str] = {}
    for part_id, version in pairs:
        try:
            runner.run(partial(_act, act, part_id, version))
            done.append(part_id)
        except DomainError as refusal:
            refused[part_id] = refusal.code
    return done, refused


def _act(act: Callable[[Unit, UUID, int], None], part_id: UUID, version: int, unit: Unit) -> None:
    act(unit, part_id, version)


def _tell_doctors(session: Session, from_id: UUID, to_id: UUID, on: date, count: int, now: datetime) -> None:
    data = {"on": on.isoformat(), "count": count, "from": str(from_id), "doctor": str(to_id)}
    tell(session, from_id, NoticeKind.DAY_TAKEN, data, now)
    tell(session, to_id, NoticeKind.DAY_GIVEN, data, now)
    note_change(session, "duty", to_id, scopes=[from_id, to_id], now=now)


def _facts(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment": str(appointment.id),
        "code": appointment.code,
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
    }
