"""Coming in, in as few statements as it takes: on a morning, and after a mast's return, all come at once.

Written once and run past the ORM, as in `standing`: to load, track and flush objects took four times what the
database did. Whoever holds objects of the same rows in the same unit finds them read anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import Session, SQLModel

from telehealth.calls.errors import CallNotFoundError
from telehealth.calls.models import CallEvent, CallMember, CallRing, CallRoom
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.calls.states import MACHINE, RingState, RoomCommand, RoomState
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment

_TABLES = SQLModel.metadata.tables
_MEMBER, _ROOM, _APPOINTMENT, _RING, _EVENT = (
    _TABLES[str(model.__tablename__)] for model in (CallMember, CallRoom, Appointment, CallRing, CallEvent)
)

# What is returned is columns as they are: SQLite 3.40 answers `RETURNING column IS NOT NULL` with 1 for NULL.
_OPEN = (
    update(_ROOM)
    .where(_ROOM.c.id == bindparam("room"))
    .values(epoch=_ROOM.c.epoch + 1, holder_id=bindparam("by"))
    .returning(_ROOM.c.epoch, _ROOM.c.ended_at)
)
_OPEN_HELD = _OPEN.where(
    or_(
        _ROOM.c.holder_id.is_(None),
        _ROOM.c.holder_id == bindparam("by"),
        _ROOM.c.holder_id == bindparam("over"),
    )
)
_LOCK = (
    select(
        _ROOM.c.id,
        _ROOM.c.epoch,
        _ROOM.c.appointment_id,
        _ROOM.c.visit_id,
        _APPOINTMENT.c.station_facility_id,
        _APPOINTMENT.c.doctor_membership_id,
        select(_RING.c.id)
        .where(_RING.c.room_id == _ROOM.c.id, _RING.c.state == RingState.RINGING)
        .exists()
        .label("rings"),
    )
    .join(_APPOINTMENT, _APPOINTMENT.c.id == _ROOM.c.appointment_id)
    .where(_ROOM.c.id == bindparam("room"))
    .with_for_update(of=_ROOM)
)
_SEAT = (
    update(_MEMBER)
    .where(_MEMBER.c.id == bindparam("member"))
    .values(
        arrival=bindparam("order"),
        resume_hash=bindparam("secret"),
        joined_at=bindparam("at"),
        left_at=None,
        left_reason=None,
    )
    .returning(_MEMBER.c.role, _MEMBER.c.actor_ref, _MEMBER.c.admitted_at)
)
_START = (
    update(_ROOM)
    .where(_ROOM.c.id == bindparam("room"), _ROOM.c.state == RoomState.OPEN)
    .values(state=MACHINE.move(RoomState.OPEN, RoomCommand.START), started_at=bindparam("at"))
)
_JOURNAL = insert(_EVENT)


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room held against other writers: where it belongs, who hears of it, whether it rings for somebody."""

    id: UUID
    epoch: int
    appointment_id: UUID
    visit_id: UUID
    station_facility_id: UUID
    doctor_membership_id: UUID
    rings: bool


@dataclass(frozen=True, slots=True)
class Seated:
    """Who came in."""

    role: MemberRole
    actor_ref: UUID
    is_admitted: bool


def raise_epoch(
    session: Session, room_id: UUID, *, by: UUID | None, over: UUID | None
) -> tuple[int, bool] | None:
    """Take a room over for `by`; return its new epoch and whether its call has ended.

    None where another than `over` (or `by` itself) holds it. Raises `call-not-found`.
    """
    asked = {"room": room_id, "by": by} | ({} if by is None else {"over": over})
    row = session.connection().execute(_OPEN if by is None else _OPEN_HELD, asked).first()
    if row is not None:
        return row[0], row[1] is not None
    if session.get(CallRoom, room_id) is None:
        raise CallNotFoundError
    return None


def lock(session: Session, room_id: UUID) -> OpenRoom:
    """Return a room, held against other writers until the unit ends; raise `call-not-found`."""
    row = session.connection().execute(_LOCK, {"room": room_id}).first()
    if row is None:
        raise CallNotFoundError
    room, epoch, appointment, visit, station, doctor, rings = row
    return OpenRoom(room, epoch, appointment, visit, station, doctor, bool(rings))


def seat(session: Session, member_id: UUID, *, arrival: int, resume_hash: str, at: datetime) -> Seated:
    """Note that a member of the room is there; NoResultFound for nobody of that id."""
    asked = {"member": member_id, "order": arrival, "secret": resume_hash, "at": at}
    role, actor_ref, admitted_at = session.connection().execute(_SEAT, asked).one()
    return Seated(MemberRole(role), actor_ref, admitted_at is not None)


def start(session: Session, room_id: UUID, *, at: datetime) -> bool:
    """Let the call begin; false where it has begun before."""
    return bool(session.connection().execute(_START, {"room": room_id, "at": at}).rowcount)


def write_events(session: Session, lines: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Append lines to journals: `room_id`, `kind`, `occurred_at`, perhaps `member_id` and `reason`."""
    shared = {"member_id": None, "reason": None, "by_member_id": None, "recorded_at": now}
    rows = [{**shared, **line, "kind": EventKind(line["kind"]).value, "id": new_id()} for line in lines]
    session.connection().execute(_JOURNAL, rows)
