"""The lease: kept up by the doctor's open page or by joining the call; its token fences every write."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.actors import Actor
from telehealth.urgent import queries
from telehealth.urgent.errors import LeaseLostError
from telehealth.urgent.models import UrgentRequest, UrgentRing
from telehealth.urgent.states import OWNED, UrgentState


def lease_end(session: Session, request: UrgentRequest, membership_id: UUID, now: datetime) -> datetime:
    """Return until when the doctor has the request, by the pool they were rung in."""
    ring = session.get_one(UrgentRing, (request.id, membership_id))
    return now + timedelta(seconds=queries.pools_of(session, [ring.pool_id])[ring.pool_id].lease_seconds)


def has_run_out(request: UrgentRequest, now: datetime) -> bool:
    """Tell whether whoever accepted has not come in time, swept already or not."""
    return request.lease_until is not None and request.lease_until <= now


def shorten(session: Session, request: UrgentRequest, now: datetime) -> bool:
    """Let a lease that a clock running ahead has written end a term from now; tell whether it was one."""
    if request.owner_id is None or request.lease_until is None:
        return False
    until_at = lease_end(session, request, request.owner_id, now)
    if request.lease_until <= until_at:
        return False
    request.lease_until = until_at
    session.add(request)
    session.flush()
    return True


def fetch_held(
    session: Session, actor: Actor, request_id: UUID, *, token: int, now: datetime
) -> UrgentRequest:
    """Return a request locked for a write by whoever has it now.

    Raises `urgent-not-found` and `lease-lost`: another has it, the token is an older one, or the lease
    ran out, swept already or not.
    """
    check(actor, "urgent.answer")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    is_mine = request.state in OWNED and request.owner_id == actor.ref and request.lease_token == token
    if not is_mine or has_run_out(request, now):
        raise LeaseLostError
    return request


def renew(session: Session, actor: Actor, request_id: UUID, *, token: int, now: datetime) -> UrgentRequest:
    """Hold on for another term; in a call nothing has to be renewed. Raises as `fetch_held`."""
    request = fetch_held(session, actor, request_id, token=token, now=now)
    _hold_on(session, actor, request, now)
    return request


def attend(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> None:
    """Hold on because the doctor opened the call or the case; whoever lost it changes nothing here.

    Raises `lease-lost` where the lease ran out: others are to be rung, whether a tick came since or not.
    """
    found = queries.find_owned(session, actor, appointment_id)
    if found is None or found.lease_until is None:
        return
    if has_run_out(found, now):
        raise LeaseLostError
    request = queries.lock_for_appointment(session, appointment_id)
    if request is not None and request.owner_id == actor.ref and (request.lease_until or now) > now:
        _hold_on(session, actor, request, now)


def _hold_on(session: Session, actor: Actor, request: UrgentRequest, now: datetime) -> None:
    if request.state == UrgentState.CLAIMED:
        request.lease_until = lease_end(session, request, actor.ref, now)
        session.add(request)
        session.flush()
