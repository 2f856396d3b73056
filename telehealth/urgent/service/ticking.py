"""What time does to a request: the next level, who came on duty, a lease that ran out, an odd end."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.calls.rules import JOINABLE
from telehealth.duty.queries import list_on_duty
from telehealth.kit.actors import SYSTEM
from telehealth.kit.clock import has_come
from telehealth.scheduling.states import AppointmentState
from telehealth.urgent import queries
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import StepKind
from telehealth.urgent.service.ending import conclude, put_back
from telehealth.urgent.service.following import answered
from telehealth.urgent.service.leasing import has_run_out, shorten
from telehealth.urgent.service.ringing import escalate, note_emptied, ring_newcomers, working_among
from telehealth.urgent.states import UrgentCommand, UrgentState

AT_MOST: Final = 500
"""Open requests one tick looks at; a whole province has a handful."""


def list_due(session: Session, *, now: datetime) -> list[UUID]:
    """List the requests a tick has something to do for: one statement while nothing is open."""
    live = queries.list_live(session, limit=AT_MOST)
    if not live:
        return []
    waiting = [each for each in live if each.state == UrgentState.WAITING]
    statuses = queries.statuses_of(session, [each.appointment_id for each in live if each.appointment_id])
    late = _with_newcomers(session, waiting, now) | _with_nobody_left(session, waiting, now)
    terms = queries.longest_terms(session)
    due = [each for each in live if each.id in late or _is_due(each, statuses, terms, now)]
    return [each.id for each in due]


def tick(session: Session, request_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one request; tell whether another node left anything to do."""
    request = queries.lock_due(session, request_id)
    if request is None:
        return False
    if request.state == UrgentState.WAITING:
        return _ring_on(session, request, now)
    if request.state in (UrgentState.CLAIMED, UrgentState.IN_CALL):
        return settle(session, request, now)
    return False


def _is_due(
    request: UrgentRequest,
    statuses: dict[UUID, AppointmentState],
    terms: tuple[timedelta, timedelta],
    now: datetime,
) -> bool:
    ringing, holding = terms
    if request.state == UrgentState.WAITING:
        return has_come(request.escalate_at, ringing, now)
    status = statuses.get(request.appointment_id) if request.appointment_id else None
    if request.state == UrgentState.IN_CALL:
        return status is not AppointmentState.IN_PROGRESS
    is_over = has_come(request.lease_until, holding, now)
    return is_over or status not in JOINABLE or status is AppointmentState.IN_PROGRESS


def _with_newcomers(session: Session, waiting: list[UrgentRequest], now: datetime) -> set[UUID]:
    """Return the waiting requests for which somebody on duty has not been rung."""
    if not waiting:
        return set()
    ids = [each.id for each in waiting]
    pools = queries.list_rung_pools(session, ids)
    on_duty = defaultdict(set)
    for each in list_on_duty(session, {pool_id for _, pool_id in pools}, now=now):
        on_duty[each.pool_id].add(each.membership_id)
    rung = defaultdict(set)
    for ring in queries.list_rings(session, ids):
        rung[ring.request_id].add(ring.membership_id)
    return {request_id for request_id, pool_id in pools if on_duty[pool_id] - rung[request_id]}


def _with_nobody_left(session: Session, waiting: list[UrgentRequest], now: datetime) -> set[UUID]:
    """Return the waiting requests of which somebody rung works no more, and nobody else may still answer."""
    if not waiting:
        return set()
    rings = queries.list_rings(session, [each.id for each in waiting])
    working = working_among(session, rings, now)
    left = {each.request_id for each in rings if each.membership_id not in working}
    able = {each.request_id for each in rings if each.membership_id in working and each.declined_at is None}
    return left - able


def _ring_on(session: Session, request: UrgentRequest, now: datetime) -> bool:
    levels = [each for each in queries.list_levels(session, request.id) if each.rung_at is not None]
    has_more = ring_newcomers(session, request, levels, now=now)
    is_empty = bool(_with_nobody_left(session, [request], now))
    if is_empty:
        note_emptied(session, request, levels, now=now)
    ringing, _ = queries.longest_terms(session)
    if not is_empty and not has_come(request.escalate_at, ringing, now):
        return has_more
    escalate(session, SYSTEM, request, now=now)
    return True


def settle(session: Session, request: UrgentRequest, now: datetime) -> bool:
    """Bring a locked, owned request in line with its appointment, whatever way that went, and its lease."""
    status = queries.lock_status(session, request)
    if status is AppointmentState.FULFILLED:
        conclude(session, SYSTEM, request, now=now)
    elif status not in JOINABLE or (
        request.state == UrgentState.IN_CALL and status is not AppointmentState.IN_PROGRESS
    ):
        put_back(session, SYSTEM, request, UrgentCommand.RELEASE, StepKind.RELEASED, now=now)
    elif request.state == UrgentState.IN_CALL:
        return False
    elif status is AppointmentState.IN_PROGRESS:
        answered(session, request, now=now)
    elif has_run_out(request, now):
        put_back(session, SYSTEM, request, UrgentCommand.LOSE, StepKind.LEASE_LOST, now=now)
    else:
        return shorten(session, request, now)
    return True
