"""The one way a request changes: state, version, a row of its record, audit row, change rows."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from telehealth.audit.steps import append_step, record_step
from telehealth.duty.models import Pool
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import StaleError
from telehealth.urgent.models import UrgentEvent, UrgentLevel, UrgentRequest, UrgentRing
from telehealth.urgent.rules import StepKind
from telehealth.urgent.states import MACHINE, OWNED, UrgentCommand, UrgentState

_ACTIONS = {
    StepKind.DECLINED: "urgent.answer",
    StepKind.ACCEPTED: "urgent.answer",
    StepKind.RELEASED: "urgent.answer",
    StepKind.ANSWERED: "urgent.answer",
    StepKind.DONE: "urgent.answer",
    StepKind.CLOSED: "urgent.close",
}
_UNTRACED = frozenset({StepKind.RUNG, StepKind.SEEN, StepKind.NOBODY_ON_DUTY})
"""What the ringing itself does; the request's own record has it."""


def require_version(request: UrgentRequest, version: int | None) -> None:
    """Raise `stale-version` if the request went on since the caller read it."""
    if version is not None and request.version != version:
        raise StaleError


def change(
    session: Session,
    actor: Actor,
    request: UrgentRequest,
    command: UrgentCommand,
    kind: StepKind,
    *,
    now: datetime,
    **about: Any,
) -> None:
    """Carry out a command on a request the caller has locked; raise `invalid-transition`."""
    before = UrgentState(request.state)
    after = MACHINE.move(before, command)
    request.state = after
    request.version += 1
    if after is not UrgentState.WAITING:
        request.escalate_at = None
    if after is not UrgentState.CLAIMED:
        request.lease_until = None
    if after not in OWNED:
        request.owner_id = None
    note(session, actor, request, kind, now=now, before=before, command=command, **about)


def note(
    session: Session, actor: Actor, request: UrgentRequest, kind: StepKind, *, now: datetime, **about: Any
) -> None:
    """Write a step with its audit row, and wake the pages of whoever it concerns."""
    about |= {"request_id": request.id, "lease_token": request.lease_token or None}
    append_step(session, actor, request, UrgentEvent, kind, now=now, **about)
    if kind not in _UNTRACED:
        action = _ACTIONS.get(kind, "urgent.ring")
        record_step(
            session, actor, action, "urgent_request", request, kind, now=now, reason=about.get("reason")
        )
    session.flush()
    tell(session, request, now=now)


def tell(session: Session, request: UrgentRequest, *, now: datetime) -> None:
    """Wake the pages of the station, of everybody rung, and of the facilities whose pools had their turn."""
    rung = session.exec(select(UrgentRing.membership_id).where(UrgentRing.request_id == request.id)).all()
    reached = session.exec(
        select(Pool.facility_id)
        .join(UrgentLevel, col(UrgentLevel.pool_id) == Pool.id)
        .where(UrgentLevel.request_id == request.id, col(UrgentLevel.rung_at).is_not(None))
    ).all()
    note_change(session, "urgent", request.id, scopes=(request.station_facility_id, *reached, *rung), now=now)
