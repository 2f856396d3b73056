"""Which of several server processes holds a room, and which of them live.

A process that is killed takes nothing back: its rooms stay its own until somebody finds that it is gone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select, update
from sqlmodel import Session, col

from telehealth.calls.models import CallMember, CallNode, CallRoom, CallTicket
from telehealth.calls.states import RoomState
from telehealth.kit.security import hash_token

FRESH: Final = timedelta(seconds=5)
"""A process says every second that it lives."""

ABANDONED: Final = timedelta(seconds=30)
"""So long after its process was heard of last a room may be taken up by another, unasked."""

FORGOTTEN: Final = timedelta(days=1)

_WHOSE = (
    select(CallRoom.id, CallRoom.holder_id, CallNode.seen_at)  # type: ignore[call-overload]
    .select_from(CallRoom)
    .outerjoin(CallNode, col(CallNode.id) == col(CallRoom.holder_id))
    .join(CallMember, col(CallMember.room_id) == col(CallRoom.id))
)
_BY_TICKET = _WHOSE.join(CallTicket, col(CallTicket.member_id) == col(CallMember.id)).where(
    col(CallTicket.token_hash) == bindparam("known")
)
_BY_PLACE = _WHOSE.where(col(CallMember.resume_hash) == bindparam("known"))


def find_holder(
    session: Session, *, ticket: str | None, resume_hash: str, now: datetime
) -> tuple[UUID, UUID | None, bool] | None:
    """Find the room a ticket or a kept place leads to, its holder, and whether that was alive lately."""
    query, known = (_BY_PLACE, resume_hash) if ticket is None else (_BY_TICKET, hash_token(ticket))
    row = session.connection().execute(query, {"known": known}).first()
    if row is None:
        return None
    room_id, holder, seen_at = row
    return room_id, holder, seen_at is not None and now - seen_at < FRESH


def list_abandoned(session: Session, *, now: datetime) -> list[tuple[UUID, UUID | None]]:
    """List the rooms in which somebody is by the book and which nobody serves, with the holder of each.

    Their people may have closed their pages while the server was down: only who serves the room finds out.
    """
    lately = select(col(CallNode.id)).where(col(CallNode.seen_at) >= now - ABANDONED)
    somebody = select(col(CallMember.id)).where(
        col(CallMember.room_id) == col(CallRoom.id), col(CallMember.arrival).is_not(None)
    )
    query = select(CallRoom.id, CallRoom.holder_id).where(  # type: ignore[call-overload]
        col(CallRoom.state) != RoomState.ENDED,
        or_(col(CallRoom.holder_id).is_(None), col(CallRoom.holder_id).not_in(lately)),
        somebody.exists(),
    )
    return [(room_id, holder) for room_id, holder in session.connection().execute(query)]


def note_alive(session: Session, node: UUID, *, now: datetime) -> None:
    """Note that a process lives; those not heard of for a day are forgotten."""
    own = update(CallNode).where(col(CallNode.id) == node).values(seen_at=now)
    if session.connection().execute(own).rowcount:
        return
    session.add(CallNode(id=node, seen_at=now))
    session.connection().execute(delete(CallNode).where(col(CallNode.seen_at) < now - FORGOTTEN))


def let_go(session: Session, node: UUID) -> None:
    """Note that a process has ended: whoever comes to one of its rooms need not ask for it."""
    session.connection().execute(
        update(CallRoom).where(col(CallRoom.holder_id) == node).values(holder_id=None)
    )
    session.connection().execute(delete(CallNode).where(col(CallNode.id) == node))


def list_stale(session: Session, epochs: Mapping[UUID, int]) -> list[UUID]:
    """List of these rooms those that were opened again since, or whose call has ended."""
    query = select(CallRoom.id, CallRoom.epoch, CallRoom.state).where(  # type: ignore[call-overload]
        col(CallRoom.id).in_(list(epochs))
    )
    rows = session.connection().execute(query)
    return [room_id for room_id, epoch, state in rows if epoch != epochs[room_id] or state == RoomState.ENDED]
