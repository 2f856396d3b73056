"""What a rung doctor answers: seen, not me, or mine."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.calls.service import ensure_room
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.service import AtOnce, book_now
from telehealth.staff.queries import find_membership_actor
from telehealth.urgent import queries
from telehealth.urgent.errors import (
    AlreadyOpenError,
    OpenElsewhereError,
    RequestNotFoundError,
    TakenError,
    VisitOverError,
)
from telehealth.urgent.events import UrgentSettled
from telehealth.urgent.models import UrgentRequest, UrgentRing
from telehealth.urgent.rules import DeclineReason, StepKind
from telehealth.urgent.service.alone import alone, require_alone
from telehealth.urgent.service.facts import facts_of
from telehealth.urgent.service.history import change, note
from telehealth.urgent.service.leasing import has_run_out, lease_end
from telehealth.urgent.service.ringing import escalate, has_time_to_come, working_among
from telehealth.urgent.service.ticking import settle
from telehealth.urgent.states import RINGING, UrgentCommand, UrgentState
from telehealth.visits.models import Visit
from telehealth.visits.service import open_like
from telehealth.visits.states import VisitState


def accept(session: Session, actor: Actor, request_id: UUID, *, now: datetime) -> UrgentRequest:
    """Take a request that rings for the actor: lease, appointment, right to the data, room, all or nothing.

    Whoever has it already is answered as before. Raises `urgent-not-found`, `urgent-taken`,
    `urgent-one-at-a-time`, and what making the appointment refuses (`doctor-busy-now`, …).
    """
    check(actor, "urgent.answer")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    _require_rung(session, actor, request)
    return _claim(session, actor, request, now)


def accept_next(session: Session, actor: Actor, *, now: datetime) -> UrgentRequest | None:
    """Take what comes first in the queue of the acting doctor; None while nothing rings for them.

    Whoever has one already is answered with that one: asking again after a lost answer takes nothing more.
    """
    check(actor, "urgent.answer")
    owned = queries.find_own(session, actor)
    if owned is None:
        return _claim_next(session, actor, now)
    if not has_run_out(owned, now):
        return owned
    with session.begin_nested():
        _settle(session, owned, now)
        return queries.find_own(session, actor) or _claim_next(session, actor, now)


def decline(
    session: Session, actor: Actor, request_id: UUID, *, reason: DeclineReason, now: datetime
) -> UrgentRequest:
    """Say why not; once everybody rung has who still works, the next level rings at once.

    Saying it again changes nothing. Raises `urgent-not-found`, `urgent-taken` once it rings no more.
    """
    check(actor, "urgent.answer")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    ring = _require_rung(session, actor, request)
    if request.state not in RINGING:
        raise TakenError
    if ring.declined_at is not None:
        return request
    ring.declined_at, ring.reason = now, reason
    session.add(ring)
    note(session, actor, request, StepKind.DECLINED, now=now, membership_id=actor.ref, reason=reason)
    rings = queries.list_rings(session, [request.id])
    left = working_among(session, [each for each in rings if each.declined_at is None], now)
    if request.state == UrgentState.WAITING and not left:
        escalate(session, actor, request, now=now)
    return request


def mark_seen(session: Session, actor: Actor, request_id: UUID, *, now: datetime) -> None:
    """Note that the ring stands on a page the doctor has before them. Raises `urgent-not-found`."""
    check(actor, "urgent.answer")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    ring = _require_rung(session, actor, request)
    if ring.seen_at is None and request.state in RINGING:
        ring.seen_at = now
        session.add(ring)
        note(session, actor, request, StepKind.SEEN, now=now, membership_id=actor.ref)


def _claim_next(session: Session, actor: Actor, now: datetime) -> UrgentRequest | None:
    request = queries.find_next(session, actor)
    return _claim(session, actor, request, now) if request is not None else None


def _claim(session: Session, actor: Actor, request: UrgentRequest, now: datetime) -> UrgentRequest:
    own = queries.find_own(session, actor)
    lapsed = [each for each in (request, own) if each is not None and has_run_out(each, now)]
    if not lapsed:
        return _take(session, actor, request, own, now)
    # Whoever had it did not come; that no tick has said so yet keeps nobody from coming, nor themselves
    # from another. A refusal after that takes it back.
    with session.begin_nested():
        for each in lapsed:
            _settle(session, each, now)
        return _take(session, actor, request, queries.find_own(session, actor), now)


def _settle(session: Session, request: UrgentRequest, now: datetime) -> None:
    locked = queries.lock_due(session, request.id)
    if locked is not None and has_run_out(locked, now):
        settle(session, locked, now)


def _take(
    session: Session, actor: Actor, request: UrgentRequest, own: UrgentRequest | None, now: datetime
) -> UrgentRequest:
    if request.owner_id == actor.ref:
        return request
    if request.state not in RINGING:
        raise TakenError
    if own is not None:
        raise ConflictError("urgent-one-at-a-time")
    visit = session.get_one(Visit, request.visit_id)
    was_expired = request.state == UrgentState.EXPIRED
    if was_expired:
        _own_late(session, actor, request, visit, now)
    else:
        _own(session, actor, request, now)
    try:
        appointment = book_now(session, actor, _at_once(request, visit), now=now)
    except VisitHasAppointmentError:
        visit = _beside_its_time(session, request, visit, now)
        appointment = book_now(session, actor, _at_once(request, visit), now=now)
    request.appointment_id = appointment.id
    session.add(request)
    ensure_room(session, appointment.id, now=now)
    if was_expired:
        publish(session, UrgentSettled(**facts_of(request)), now=now)
    return request


def _at_once(request: UrgentRequest, visit: Visit) -> AtOnce:
    return AtOnce(
        visit_id=visit.id,
        patient_id=request.patient_id,
        station_id=request.station_facility_id,
        consult_kind=visit.consult_kind,
        priority=request.priority,
    )


def _beside_its_time(session: Session, request: UrgentRequest, visit: Visit, now: datetime) -> Visit:
    """Return a visit for the call, because the one rung for was given a time since that is still to come.

    As if it had been pressed now, by who pressed. Raises `visit-has-appointment` where that time has come.
    """
    today = policy_of(session).local_date(now)
    presser = find_membership_actor(session, request.requested_by, today=today)
    if presser is None or not has_time_to_come(session, presser, visit.id, now):
        raise VisitHasAppointmentError
    opened = open_like(session, presser, visit, now=now)
    request.visit_id = opened.id
    session.add(request)
    session.flush()
    return opened


def _own_late(session: Session, actor: Actor, request: UrgentRequest, visit: Visit, now: datetime) -> None:
    """Take what nobody answered in time, unless the visit is over or the patient is rung for anew."""
    if visit.state != VisitState.OPEN:
        raise VisitOverError
    try:
        require_alone(session, request.patient_id, request.station_facility_id)
        with alone(session, request.patient_id, request.station_facility_id):
            _own(session, actor, request, now)
    except (AlreadyOpenError, OpenElsewhereError) as error:
        raise TakenError from error


def _own(session: Session, actor: Actor, request: UrgentRequest, now: datetime) -> None:
    until_at = lease_end(session, request, actor.ref, now)
    request.owner_id, request.accepted_at, request.lease_until = actor.ref, now, until_at
    request.lease_token += 1
    change(
        session,
        actor,
        request,
        UrgentCommand.CLAIM,
        StepKind.ACCEPTED,
        now=now,
        membership_id=actor.ref,
    )


def _require_rung(session: Session, actor: Actor, request: UrgentRequest) -> UrgentRing:
    """Return the actor's ring: who was not rung cannot answer, whatever else they may see."""
    ring = session.get(UrgentRing, (request.id, actor.ref), populate_existing=True)
    if ring is None:
        raise RequestNotFoundError
    return ring
