"""Every select of checks: one's own, a station's, those of all stations a facility answers for."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, literal
from sqlalchemy.types import Uuid
from sqlmodel import Session, col, func, select

from telehealth.facilities.models import FacilityEdge
from telehealth.facilities.queries import valid
from telehealth.facilities.rules import EdgeKind
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.security import hash_token
from telehealth.lines.models import LineCheck
from telehealth.lines.rules import FACTS, Checked, Device, Found, Mode, Way

MOST_READ = 20_000
"""Two weeks of 200 stations with seven checks a day each."""


def find_own(session: Session, actor: Actor, check_id: UUID) -> LineCheck | None:
    """Find a check the actor began."""
    query = select(LineCheck).where(LineCheck.id == check_id, LineCheck.actor_ref == actor.ref)
    return session.exec(query).first()


def lock_ticket(session: Session, ticket: str) -> LineCheck | None:
    """Find the check a ticket belongs to, held against a second use."""
    query = select(LineCheck).where(LineCheck.ticket_hash == hash_token(ticket)).with_for_update()
    return session.exec(query).first()


def count_begun(session: Session, actor: Actor, *, since: datetime) -> int:
    """Count the checks the actor began since then."""
    query = select(func.count()).where(LineCheck.actor_ref == actor.ref, LineCheck.begun_at > since)
    return session.exec(query).one()


def list_latest(session: Session, facility_id: UUID, *, limit: int) -> list[LineCheck]:
    """List the last finished checks of a facility's line, newest first."""
    query = select(LineCheck).where(LineCheck.facility_id == facility_id, col(LineCheck.mode).is_not(None))
    return list(session.exec(query.order_by(col(LineCheck.finished_at).desc()).limit(limit)))


def list_checked(session: Session, actor: Actor, *, since: datetime, now: datetime) -> list[Checked]:
    """List finished checks of the actor's facility, its station points and all it supports: one statement."""
    policy = policy_of(session)
    query = (
        select(LineCheck)
        .where(
            col(LineCheck.facility_id).in_(_below(actor.facility_id, policy.local_date(now))),
            col(LineCheck.mode).is_not(None),
            col(LineCheck.finished_at) > since,
        )
        .order_by(col(LineCheck.finished_at).desc())
        .limit(MOST_READ)
    )
    return [
        Checked(
            row.facility_id,
            policy.local_date(row.finished_at),
            row.finished_at,
            Mode(row.mode),
            found_of(row),
        )
        for row in session.exec(query)
        if row.facility_id and row.finished_at and row.mode
    ]


def found_of(check: LineCheck) -> Found:
    """Return what a stored check found."""
    values = {name: getattr(check, name) for name in FACTS}
    for name in ("camera", "microphone", "speaker"):
        values[name] = Device(values[name]) if values[name] else None
    for name in ("direct", "relay_udp", "relay_tcp", "relay_tls"):
        values[name] = Way(values[name]) if values[name] else None
    return Found(**values)


def _below(facility_id: UUID | None, on: date) -> Any:
    """Return the facility, the points it has and all it supports, at any remove."""
    kind, lower, upper = col(FacilityEdge.kind), col(FacilityEdge.from_id), col(FacilityEdge.to_id)
    circle = select(literal(facility_id, Uuid).label("id")).cte("stations_below", recursive=True)
    supports = (kind == EdgeKind.SUPPORTS) & (lower == circle.c.id)
    has_point = (kind == EdgeKind.IS_POINT_OF) & (upper == circle.c.id)
    next_down = case((kind == EdgeKind.SUPPORTS, upper), else_=lower)
    circle = circle.union(select(next_down).join(circle, supports | has_point).where(valid(FacilityEdge, on)))
    return select(circle.c.id)
