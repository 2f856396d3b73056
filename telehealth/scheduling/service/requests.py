"""Requests a doctor or a coordinator has to accept: answered, passed on, or given up in time.

A request blocks its time like any appointment. The time a patient was promised is kept: whoever is
asked next has it free. Where nobody has, the request ends and the station is told; it chooses anew.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.rules import check
from telehealth.duty.models import Pool
from telehealth.duty.queries import get_pool
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.events import publish
from telehealth.scheduling import queries
from telehealth.scheduling.errors import NobodyFreeError
from telehealth.scheduling.events import AppointmentBooked, AppointmentDeclined
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import UNANSWERED, AcceptMode, RejectReason
from telehealth.scheduling.service.claiming import at_its_time, place_of
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import change, release_claims, require_version
from telehealth.scheduling.service.locks import attempt
from telehealth.scheduling.service.moving import move_to
from telehealth.scheduling.service.pooling import order_of, ranking, try_each
from telehealth.scheduling.service.rights import end_right
from telehealth.scheduling.service.support import at_work
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import get_membership

_OF_THE_HOUR: Final = frozenset({RejectReason.NOT_FREE, UNANSWERED})
"""Why a request went on from a doctor who can be asked for another hour."""


def accept(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None, now: datetime
) -> Appointment:
    """Accept a request: it is an agreed time from now on, and the patient is told.

    Raises `appointment-not-found`, `not-allowed` for who is not asked, `stale-version`,
    `invalid-transition` once it was answered or given up.
    """
    check(actor, "appointment.answer")
    seen = queries.get_to_arrange(session, actor, appointment_id, now=now)
    _require_asked(session, actor, seen)
    appointment = queries.lock_appointment(session, seen.id)
    require_version(appointment, version)
    change(session, actor, appointment, AppointmentCommand.ACCEPT, now=now)
    publish(session, AppointmentBooked(**facts_of(appointment)), now=now)
    return appointment


def reject(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    reason: RejectReason,
    version: int | None,
    now: datetime,
) -> Appointment:
    """Turn a request down with a coded reason: the pool's next doctor is asked, or it is rejected.

    Raises what `accept` raises.
    """
    check(actor, "appointment.answer")
    seen = queries.get_to_arrange(session, actor, appointment_id, now=now)
    _require_asked(session, actor, seen)
    require_version(seen, version)
    MACHINE.move(AppointmentState(seen.status), AppointmentCommand.REJECT)
    if seen.pool_id is not None:
        pool = get_pool(session, seen.pool_id, lock=True)
        moved = _ask_in(session, actor, seen, pool, AppointmentCommand.PASS_ON, reason=reason, now=now)
        if moved is not None:
            return moved
    return _give_up(session, actor, seen, AppointmentCommand.REJECT, reason, now=now)


def list_to_escalate(session: Session, *, now: datetime) -> list[UUID]:
    """List the requests `escalate` has something to do for, those that wait the longest first."""
    rows = queries.list_overdue(session, now=now)
    working = at_work(session, rows)
    return [row.id for row in rows if _is_due(row, working, now)]


def escalate(session: Session, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Ask the next pool for what nobody answered in time, at the same hour, or give it up.

    Along `escalates_to` until somebody is free then; without a pool there is nobody else to ask. One
    that was answered meanwhile stays as it is. For a doctor who was shut out, or works there no longer,
    nobody waits: their own pool is asked first.
    """
    seen = queries.get_by_id(session, appointment_id)
    working = at_work(session, [seen])
    if not _is_due(seen, working, now):
        return seen
    own = (seen.pool_id,) if seen.id not in working and seen.pool_id is not None else ()
    for pool_id in (*own, *_chain(session, seen.pool_id)):
        try:
            with attempt(session):
                pool = get_pool(session, pool_id, lock=True)
                command, reason = AppointmentCommand.ESCALATE, UNANSWERED
                moved = _ask_in(session, SYSTEM, seen, pool, command, reason=reason, now=now)
                if moved is None:
                    # Its lock is given back before the next pool's is asked for.
                    raise NobodyFreeError
                return moved
        except NobodyFreeError:
            continue
    return _give_up(session, SYSTEM, seen, AppointmentCommand.EXPIRE, UNANSWERED, now=now)


def _is_due(request: Appointment, working: Collection[UUID], now: datetime) -> bool:
    """Tell whether nobody is waited for any more: the time is over, or who was asked is not `working`.

    Where only the hours went the doctor is waited for.
    """
    if request.respond_by is None:
        return False
    return request.respond_by <= now or request.id not in working


def _require_asked(session: Session, actor: Actor, appointment: Appointment) -> None:
    """Refuse anybody but the doctor who is asked and the coordinators of that doctor's house."""
    if actor.ref == appointment.doctor_membership_id:
        if appointment.accept_mode == AcceptMode.COORDINATOR:
            raise ForbiddenError
        return
    if get_membership(session, appointment.doctor_membership_id).facility_id != actor.facility_id:
        raise ForbiddenError


def _ask_in(
    session: Session,
    actor: Actor,
    seen: Appointment,
    pool: Pool,
    command: AppointmentCommand,
    *,
    reason: str,
    now: datetime,
) -> Appointment | None:
    """Ask the first doctor of a locked pool who has the time and was not asked yet; None if nobody.

    Once it should have begun nobody could answer in time.
    """
    if seen.starts_at <= now:
        return None
    version, place = seen.version, at_its_time(place_of(session, seen))
    asked = _asked(session, seen)
    order = order_of(session, pool, place, now=now, besides=seen.id, asked=asked) if pool.is_active else []

    def act(doctor: UUID) -> Appointment:
        there, data = replace(place, doctor_membership_id=doctor), ranking(pool, order)
        return move_to(
            session,
            actor,
            seen,
            there,
            command,
            version=version,
            now=now,
            reason=reason,
            data=data,
            pool_id=pool.id,
        )

    return try_each(session, order, act)


def _give_up(
    session: Session,
    actor: Actor,
    seen: Appointment,
    command: AppointmentCommand,
    reason: str,
    *,
    now: datetime,
) -> Appointment:
    version = seen.version
    appointment = queries.lock_appointment(session, seen.id)
    require_version(appointment, version)
    release_claims(session, appointment)
    change(session, actor, appointment, command, now=now, reason=reason)
    end_right(session, appointment, now=now)
    publish(session, AppointmentDeclined(**facts_of(appointment), reason=reason), now=now)
    return appointment


def _asked(session: Session, appointment: Appointment) -> set[UUID]:
    """Return who is not asked (again): whoever was for this hour, or turned it down for more than the hour.

    Who only was not free then, or did not answer, may be free at the hour the station asks for now.
    """
    query = select(AppointmentEvent.reason, AppointmentEvent.data).where(
        AppointmentEvent.appointment_id == appointment.id,
        AppointmentEvent.to_status == AppointmentState.REQUESTED,
    )
    found = {appointment.doctor_membership_id}
    for reason, data in session.exec(query):
        if datetime.fromisoformat(data["starts_at"]) == appointment.starts_at:
            found.add(UUID(data["doctor"]))
        if reason is not None and reason not in _OF_THE_HOUR:
            found.add(UUID(data["was_doctor"]))
    return found


def _chain(session: Session, pool_id: UUID | None) -> Iterator[UUID]:
    """Yield whom to ask after a pool, one up at a time; a chain that goes round ends."""
    passed = {pool_id}
    while pool_id is not None:
        pool_id = get_pool(session, pool_id).escalates_to
        if pool_id in passed or pool_id is None:
            return
        passed.add(pool_id)
        yield pool_id
