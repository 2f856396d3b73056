"""What ends a request, or gives it back to the queue."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import can, check
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.events import publish
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import queries
from telehealth.urgent.events import UrgentSettled
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import COMES_TO_NOTHING, CancelReason, CloseReason, StepKind
from telehealth.urgent.service.facts import facts_of
from telehealth.urgent.service.history import change, require_version
from telehealth.urgent.service.leasing import fetch_held
from telehealth.urgent.service.ringing import climb, give_up, working_among
from telehealth.urgent.states import MACHINE, UrgentCommand, UrgentState
from telehealth.visits.service import withdraw_copy
from telehealth.waitlist.queries import find_for_visit as find_waiting

LEASE_LOST: Final = "lease_lost"
GIVEN_BACK: Final = "given_back"
CALLED_OFF: Final = "called_off"


def finish(session: Session, actor: Actor, request_id: UUID, *, token: int, now: datetime) -> UrgentRequest:
    """Note that the patient was helped, in the call or without one. Raises as `leasing.fetch_held`."""
    request = fetch_held(session, actor, request_id, token=token, now=now)
    appointment_id = request.appointment_id
    status = queries.lock_status(session, request)
    conclude(session, actor, request, now=now)
    if appointment_id is not None and status in (AppointmentState.BOOKED, AppointmentState.CHECKED_IN):
        scheduling.start(session, actor, appointment_id, now=now)
        status = AppointmentState.IN_PROGRESS
    if appointment_id is not None and status is AppointmentState.IN_PROGRESS:
        scheduling.complete(session, actor, appointment_id, now=now)
    return request


def release(session: Session, actor: Actor, request_id: UUID, *, token: int, now: datetime) -> UrgentRequest:
    """Give a request back: it rings again, its place in the queue unchanged. Raises as `fetch_held`."""
    request = fetch_held(session, actor, request_id, token=token, now=now)
    put_back(session, actor, request, UrgentCommand.RELEASE, StepKind.RELEASED, now=now)
    return request


def cancel(
    session: Session,
    actor: Actor,
    request_id: UUID,
    *,
    reason: CancelReason,
    now: datetime,
    version: int | None = None,
) -> UrgentRequest:
    """Call a request off before a call has begun; the doctor's appointment goes with it.

    So does a visit that was opened for the call beside a time still to come, where nothing is to be written:
    after a mistake, or as the patient is better.

    Raises `urgent-not-found`, `not-allowed` where it is another station's, `stale-version` where a doctor
    has accepted since the `version` that was read, or another level rings, `invalid-transition`.
    """
    check(actor, "urgent.ring")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    if request.station_facility_id != actor.facility_id:
        raise ForbiddenError
    require_version(request, version)
    appointment_id, owner_id = request.appointment_id, request.owner_id
    _end(request, actor, UrgentCommand.CANCEL, reason, now)
    change(
        session,
        actor,
        request,
        UrgentCommand.CANCEL,
        StepKind.CANCELLED,
        now=now,
        membership_id=owner_id,
        reason=reason,
    )
    if appointment_id is not None:
        scheduling.let_go(session, actor, appointment_id, reason=CALLED_OFF, now=now)
    _put_away(session, actor, request, reason, now)
    return request


def close(
    session: Session,
    actor: Actor,
    request_id: UUID,
    *,
    reason: CloseReason,
    now: datetime,
    version: int | None = None,
) -> UrgentRequest:
    """Note what became of a request that nobody answered; until then it is a case to follow.

    A visit opened for it goes as in `cancel`.

    Raises `urgent-not-found`, `stale-version`, `invalid-transition`.
    """
    check(actor, "urgent.close")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    require_version(request, version)
    _end(request, actor, UrgentCommand.CLOSE, reason, now)
    change(session, actor, request, UrgentCommand.CLOSE, StepKind.CLOSED, now=now, reason=reason)
    publish(session, UrgentSettled(**facts_of(request)), now=now)
    _put_away(session, actor, request, reason, now)
    return request


def conclude(session: Session, actor: Actor, request: UrgentRequest, *, now: datetime) -> None:
    """Mark a locked request as done."""
    owner_id = request.owner_id
    request.closed_at, request.closed_by = now, actor.ref
    change(session, actor, request, UrgentCommand.FINISH, StepKind.DONE, now=now, membership_id=owner_id)


def put_back(
    session: Session,
    actor: Actor,
    request: UrgentRequest,
    command: UrgentCommand,
    kind: StepKind,
    *,
    now: datetime,
) -> None:
    """Let a locked request ring again: the next level too, as time was lost; its place stays.

    The appointment of whoever had it is given up.
    """
    appointment_id, owner_id = request.appointment_id, request.owner_id
    request.appointment_id = request.accepted_at = None
    request.escalate_at = now
    change(session, actor, request, command, kind, now=now, membership_id=owner_id)
    if appointment_id is not None:
        reason = LEASE_LOST if command is UrgentCommand.LOSE else GIVEN_BACK
        scheduling.let_go(session, SYSTEM, appointment_id, reason=reason, now=now)
    ring_on(session, request, now=now)


def ring_on(session: Session, request: UrgentRequest, *, now: datetime) -> None:
    """Ring the next level, or those already rung for one more term; give up if none of them may answer."""
    if climb(session, request, 1, now=now):
        return
    rings = [ring for ring in queries.list_rings(session, [request.id]) if ring.declined_at is None]
    working = working_among(session, rings, now)
    waiting_for = [ring for ring in rings if ring.membership_id in working]
    if not waiting_for:
        give_up(session, request, now=now)
        return
    request.escalate_at = now + queries.term_of(session, waiting_for[-1].pool_id)
    session.add(request)
    session.flush()


def _put_away(session: Session, actor: Actor, request: UrgentRequest, reason: str, now: datetime) -> None:
    """Withdraw the visit that was opened for a call of which there is nothing to write, at its station."""
    if reason not in COMES_TO_NOTHING or request.station_facility_id != actor.facility_id:
        return
    if not isinstance(actor, MembershipActor) or not can(actor, "visit.open"):
        return
    if find_waiting(session, actor, request.visit_id, now=now) is None:
        withdraw_copy(session, actor, request.visit_id, now=now)


def _end(request: UrgentRequest, actor: Actor, command: UrgentCommand, reason: str, now: datetime) -> None:
    # Asked before anything is set: a refusal leaves the row as it was.
    MACHINE.move(UrgentState(request.state), command)
    request.closed_at, request.closed_by, request.close_reason = now, actor.ref, reason
