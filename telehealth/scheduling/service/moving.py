"""An agreed time changed in place: same id, same calendar entry, one version more.

Refused, nothing has changed: every check comes before the old claims are let go, in one transaction.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import check
from telehealth.duty.queries import get_pool
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.events import publish
from telehealth.scheduling import queries
from telehealth.scheduling.errors import NobodyFreeError
from telehealth.scheduling.events import AppointmentMoved
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service.claiming import Place, at_its_time, place_of, take
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import change, require_version
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.service.pooling import order_of, ranking, try_each
from telehealth.scheduling.service.rights import pass_right
from telehealth.scheduling.service.terms import answer_until
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState

_WAS_STRANDED: Final = "was_stranded"
"""Noted of a move away from a time the doctor's hours no longer held."""


def reschedule(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    starts_at: datetime,
    doctor_membership_id: UUID | None = None,
    version: int | None,
    now: datetime,
) -> Appointment:
    """Give an appointment another time, and another doctor where one is named; it stays what it was.

    Its own time asked for again changes nothing. Raises `appointment-not-found`, `stale-version`,
    `invalid-transition`, `moved-too-often`, `too-late-to-move`, `outside-availability`, and
    `slot-taken` with the doctor's next times; then nothing is changed.
    """
    check(actor, "appointment.book")
    seen = queries.get_to_arrange(session, actor, appointment_id, now=now)
    require_version(seen, version)
    now_at = place_of(session, seen)
    doctor = doctor_membership_id or seen.doctor_membership_id
    place = replace(now_at, starts_at=starts_at.astimezone(UTC), doctor_membership_id=doctor)
    MACHINE.move(AppointmentState(seen.status), AppointmentCommand.RESCHEDULE)
    if place == now_at:
        return seen
    require_leave(session, seen, now_at, now)
    return move_to(session, actor, seen, place, AppointmentCommand.RESCHEDULE, version=seen.version, now=now)


def reassign(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    doctor_membership_id: UUID | None = None,
    version: int | None,
    now: datetime,
) -> Appointment:
    """Give an agreed time to another doctor, named or chosen by its pool; the time is kept.

    Raises what `reschedule` raises, and `nobody-free` where no doctor of the pool has that time.
    """
    check(actor, "appointment.book")
    seen = queries.get_to_arrange(session, actor, appointment_id, now=now)
    require_version(seen, version)
    version, command = seen.version, AppointmentCommand.REASSIGN
    MACHINE.move(AppointmentState(seen.status), command)
    place = at_its_time(place_of(session, seen))
    if doctor_membership_id is not None:
        if doctor_membership_id == seen.doctor_membership_id:
            return seen
        there = replace(place, doctor_membership_id=doctor_membership_id)
        return move_to(session, actor, seen, there, command, version=version, now=now)
    if seen.pool_id is None:
        raise InvalidError("doctor-or-pool", field="doctor_membership_id")
    pool = get_pool(session, seen.pool_id, lock=True)
    order = order_of(session, pool, place, now=now, besides=seen.id, asked=[seen.doctor_membership_id])

    def act(doctor: UUID) -> Appointment:
        there, data = replace(place, doctor_membership_id=doctor), ranking(pool, order)
        return move_to(session, actor, seen, there, command, version=version, now=now, data=data)

    moved = try_each(session, order, act)
    if moved is None:
        raise NobodyFreeError
    return moved


def move_to(
    session: Session,
    actor: Actor,
    seen: Appointment,
    place: Place,
    command: AppointmentCommand,
    *,
    version: int,
    now: datetime,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
    pool_id: UUID | None = None,
) -> Appointment:
    """Move an appointment found in scope to a place: the one way times and doctors change.

    Locks as every booking does. Raises `stale-version` if it is not at `version` any more,
    `invalid-transition`, and what claiming a place raises.
    """
    resources = lock_resources(session, place.owners)
    appointment = queries.lock_appointment(session, seen.id)
    require_version(appointment, version)
    MACHINE.move(AppointmentState(appointment.status), command)
    expire_on(session, [row.id for row in resources.values()], now=now)
    is_override = command is AppointmentCommand.OVERRIDE
    was_stranded = {_WAS_STRANDED: True} if appointment.support == Support.UNSUPPORTED else {}
    take(session, appointment, place, resources, now=now, is_override=is_override)
    was_at, was_doctor = appointment.starts_at, appointment.doctor_membership_id
    appointment.doctor_membership_id = place.doctor_membership_id
    appointment.starts_at, appointment.ends_at = place.starts_at, place.ends_at
    appointment.pool_id = pool_id or appointment.pool_id
    is_agreed = appointment.status != AppointmentState.REQUESTED
    if not is_agreed:
        appointment.respond_by = answer_until(session, appointment, now=now)
    was = {"was_starts_at": was_at.isoformat(), "was_doctor": str(was_doctor)}
    noted = {**was, **was_stranded, **(data or {})}
    change(session, actor, appointment, command, now=now, reason=reason, data=noted, also=(was_doctor,))
    if place.doctor_membership_id != was_doctor:
        pass_right(session, appointment, now=now)
    moved = AppointmentMoved(
        **facts_of(appointment),
        was_starts_at=was_at,
        was_doctor_membership_id=was_doctor,
        is_agreed=is_agreed,
    )
    publish(session, moved, now=now)
    return appointment


def require_leave(session: Session, appointment: Appointment, place: Place, now: datetime) -> None:
    """Refuse to move what was moved too often, or what begins too soon: a coordinator can all the same.

    What the doctor's hours no longer hold has to move, and no move away from such a time counts.
    Raises `too-late-to-move`, `moved-too-often`.
    """
    if appointment.support == Support.UNSUPPORTED:
        return
    service = place.service
    if now > appointment.starts_at - timedelta(minutes=service.late_minutes):
        raise ConflictError("too-late-to-move", minutes=service.late_minutes)
    moves = select(AppointmentEvent.data).where(
        AppointmentEvent.appointment_id == appointment.id,
        col(AppointmentEvent.command) == AppointmentCommand.RESCHEDULE,
    )
    if sum(_WAS_STRANDED not in data for data in session.exec(moves)) >= service.reschedule_max:
        raise ConflictError("moved-too-often", limit=service.reschedule_max)
