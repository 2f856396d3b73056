"""Use-cases of checks: begin with a ticket, redeem it at the socket, finish with a verdict."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.security import hash_token, new_token
from telehealth.lines import queries
from telehealth.lines.errors import CheckNotFoundError, CheckOverError, ChecksTooManyError
from telehealth.lines.models import LineCheck
from telehealth.lines.rules import (
    BEGUN_WITHIN,
    FINISH_WITHIN,
    KEPT,
    MOST_BEGUN,
    TICKET_LIFE,
    TREND_DAYS,
    Found,
    Standing,
    recommend,
    stand,
)
from telehealth.links.actors import LinkActor


def begin(session: Session, actor: Actor, *, now: datetime, by_itself: bool = False) -> tuple[LineCheck, str]:
    """Begin a check; return it and a ticket to its socket, for one use within a minute.

    A patient's phone belongs to no facility: its check counts for nobody's line. Raises `not-allowed`,
    `checks-too-many`.
    """
    if not isinstance(actor, LinkActor):
        check(actor, "line.check")
    if queries.count_begun(session, actor, since=now - BEGUN_WITHIN) >= MOST_BEGUN:
        raise ChecksTooManyError(minutes=int(BEGUN_WITHIN.total_seconds() // 60))
    ticket = new_token()
    begun = LineCheck(
        facility_id=actor.facility_id,
        actor_ref=actor.ref,
        by_itself=by_itself,
        ticket_hash=hash_token(ticket),
        begun_at=now,
    )
    session.add(begun)
    session.flush()
    if not isinstance(actor, LinkActor):
        record(session, actor, "line.check", subject_kind="line_check", subject_id=begun.id, now=now)
    return begun, ticket


def redeem(session: Session, ticket: str, *, now: datetime) -> LineCheck | None:
    """Use a ticket up and return its check; None if it is unknown, used or expired."""
    held = queries.lock_ticket(session, ticket)
    if held is None or held.used_at is not None or held.begun_at + TICKET_LIFE <= now:
        return None
    held.used_at = now
    session.add(held)
    return held


def finish(session: Session, actor: Actor, check_id: UUID, found: Found, *, now: datetime) -> LineCheck:
    """Keep what a check found, with what is recommended; raise `check-not-found`, `check-over`."""
    held = queries.find_own(session, actor, check_id)
    if held is None:
        raise CheckNotFoundError
    if held.finished_at is not None or held.begun_at + FINISH_WITHIN <= now:
        raise CheckOverError
    for name in Found.__slots__:
        setattr(held, name, getattr(found, name))
    held.finished_at, held.mode = now, recommend(found)
    session.add(held)
    if held.facility_id is not None:
        note_change(session, "line", held.id, scopes={held.facility_id}, now=now)
    return held


def report(session: Session, actor: Actor, *, now: datetime) -> list[Standing]:
    """Report how the lines of all stations below the actor's facility stood in the last two weeks."""
    check(actor, "line.see")
    return stand(queries.list_checked(session, actor, since=now - timedelta(days=TREND_DAYS), now=now))


def forget_old(session: Session, *, now: datetime) -> int:
    """Take away checks that are kept no longer; return how many."""
    done = session.exec(delete(LineCheck).where(col(LineCheck.begun_at) < now - KEPT))
    return int(done.rowcount)
