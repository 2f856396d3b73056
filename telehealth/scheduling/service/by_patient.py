"""The patient gives the appointment another time of the same doctor, out of a few that are offered.

What is pressing is not put off by a tap on a phone: there somebody speaks with the patient first.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError
from telehealth.kit.policy import policy_of
from telehealth.scheduling import queries
from telehealth.scheduling.finding import daylight
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty, Priority, Slot
from telehealth.scheduling.service.again import add_in_place_of, require_not_replaced
from telehealth.scheduling.service.claiming import free_after, place_anew, place_of
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.locks import attempt, lock_resources
from telehealth.scheduling.service.moving import move_to, require_leave
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import can_be_asked

OFFERED: Final = 6
"""As many as a small screen shows and a person compares."""

LOOKED_AT: Final = 300
"""Free times looked at for one of each half day: some days of the longest working hours."""

_NOON: Final = 12


def offered_times(session: Session, appointment: Appointment, *, now: datetime) -> list[Slot]:
    """Return the earliest free time of each coming half day with the same doctor, at most six, none by night.

    None where the patient has to ask the station: pressing, begun, too soon to move, or moved too often.
    """
    if not MACHINE.allows(AppointmentState(appointment.status), AppointmentCommand.RESCHEDULE):
        return []
    if appointment.status != AppointmentState.BOOKED or appointment.priority != Priority.ROUTINE:
        return []
    place = place_of(session, appointment)
    try:
        require_leave(session, appointment, place, now)
    except ConflictError:
        return []
    if not _can_be_asked(session, appointment, now):
        return []
    free = free_after(
        session,
        replace(place, starts_at=now),
        [appointment.doctor_membership_id],
        now=now,
        limit=LOOKED_AT,
        besides=appointment.id,
        keeps=daylight(session),
    )
    others = (slot for slot in free if slot.starts_at != appointment.starts_at)
    return spread(others, policy_of(session).zone)


def offered_again(session: Session, missed: Appointment, *, now: datetime) -> list[Slot]:
    """Return the earliest free time of each half day with the doctor of an appointment its patient missed.

    None where a person has to speak with the patient: pressing, missed a second time, booked again already.
    """
    if not _may_book_again(session, missed) or not _can_be_asked(session, missed, now):
        return []
    place = replace(place_anew(session, missed), starts_at=now)
    doctor = [missed.doctor_membership_id]
    free = free_after(session, place, doctor, now=now, limit=LOOKED_AT, keeps=daylight(session))
    return spread(free, policy_of(session).zone)


def book_again(
    session: Session, actor: Actor, missed: Appointment, *, starts_at: datetime, now: datetime
) -> Appointment:
    """Book a time of the same doctor in place of an appointment its patient missed.

    Raises `not-allowed` where none is offered, `outside-availability`, `slot-taken`, `limit-reached`; then
    nothing is booked.
    """
    place = replace(place_anew(session, missed), starts_at=starts_at.astimezone(UTC))
    resources = lock_resources(session, place.owners)
    # Asked under the lock: of two taps only one books.
    if not _may_book_again(session, queries.lock_appointment(session, missed.id)):
        raise ForbiddenError
    expire_on(session, [row.id for row in resources.values()], now=now)
    with attempt(session):
        return add_in_place_of(session, actor, missed, place, resources, Priority.ROUTINE, now=now)


def _can_be_asked(session: Session, appointment: Appointment, now: datetime) -> bool:
    """Tell whether the station can still ask the doctor, as a hold would: whom it cannot offers nothing."""
    on = policy_of(session).local_date(now)
    station_id = appointment.station_facility_id
    return can_be_asked(session, appointment.doctor_membership_id, station_id=station_id, on=on)


def _may_book_again(session: Session, missed: Appointment) -> bool:
    is_missed = missed.status == AppointmentState.NO_SHOW and missed.no_show_party == AbsentParty.PATIENT
    if not is_missed or missed.priority != Priority.ROUTINE or missed.replaces_id is not None:
        return False
    try:
        require_not_replaced(session, missed)
    except ConflictError:
        return False
    return True


def spread(slots: Iterable[Slot], zone: ZoneInfo) -> list[Slot]:
    """Return the first of each half day by the wall clock: a few times that differ, not one morning's."""
    found: dict[tuple[object, bool], Slot] = {}
    for slot in slots:
        local = slot.starts_at.astimezone(zone)
        found.setdefault((local.date(), local.hour < _NOON), slot)
    return list(found.values())[:OFFERED]


def move_own(
    session: Session, actor: Actor, appointment: Appointment, *, starts_at: datetime, now: datetime
) -> Appointment:
    """Give an appointment another time of its doctor for the patient it is of, who holds its link.

    Its own time asked for again changes nothing. Raises `not-allowed` for what is pressing, what
    `reschedule` raises, and `slot-taken`; then nothing is changed.
    """
    MACHINE.move(AppointmentState(appointment.status), AppointmentCommand.RESCHEDULE)
    if appointment.status != AppointmentState.BOOKED or appointment.priority != Priority.ROUTINE:
        raise ForbiddenError
    now_at = place_of(session, appointment)
    place = replace(now_at, starts_at=starts_at.astimezone(UTC))
    if place == now_at:
        return appointment
    require_leave(session, appointment, now_at, now)
    command, version = AppointmentCommand.RESCHEDULE, appointment.version
    return move_to(session, actor, appointment, place, command, version=version, now=now)
