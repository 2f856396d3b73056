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
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Priority, Slot
from telehealth.scheduling.service.claiming import free_after, place_of
from telehealth.scheduling.service.moving import move_to, require_leave
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState

OFFERED: Final = 6
"""As many as a small screen shows and a person compares."""

LOOKED_AT: Final = 300
"""Free times looked at for one of each half day: some days of the longest working hours."""

_NOON: Final = 12


def offered_times(session: Session, appointment: Appointment, *, now: datetime) -> list[Slot]:
    """Return the earliest free time of each coming half day with the same doctor, at most six.

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
    free = free_after(
        session,
        replace(place, starts_at=now),
        [appointment.doctor_membership_id],
        now=now,
        limit=LOOKED_AT,
        besides=appointment.id,
    )
    others = (slot for slot in free if slot.starts_at != appointment.starts_at)
    return spread(others, policy_of(session).zone)


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
