"""What happens in an open room, as the signalling tells it: arrivals, admissions, leaving, chat."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.calls.events import CallStarted
from telehealth.calls.models import CallMember, CallRoom, ChatMessage
from telehealth.calls.rules import EventKind, MemberRole, loses_admission
from telehealth.calls.service.notes import actor_of, audit, note
from telehealth.calls.states import MACHINE, RoomCommand, RoomState
from telehealth.kit.events import publish


def join(
    session: Session,
    room: CallRoom,
    member_id: UUID,
    *,
    arrival: int,
    resume_hash: str,
    at: datetime,
    now: datetime,
) -> None:
    """Note that somebody came in, or came in anew; the doctor's first coming starts the call."""
    member = session.get_one(CallMember, member_id)
    member.arrival, member.resume_hash, member.joined_at = arrival, resume_hash, at
    member.left_at = member.left_reason = None
    session.add(member)
    kind = EventKind.JOINED if member.admitted_at else EventKind.KNOCKED
    note(session, room, kind, member_id=member_id, at=at, now=now)
    if member.role == MemberRole.DOCTOR and room.state == RoomState.OPEN:
        _start(session, room, member, at, now)


def admit(
    session: Session, room: CallRoom, member_id: UUID, by_member_id: UUID, *, at: datetime, now: datetime
) -> None:
    """Note that somebody was let in from the waiting room."""
    member = session.get_one(CallMember, member_id)
    member.admitted_at, member.admitted_by = at, by_member_id
    session.add(member)
    note(session, room, EventKind.ADMITTED, member_id=member_id, by_member_id=by_member_id, at=at, now=now)
    by = actor_of(session.get_one(CallMember, by_member_id))
    audit(session, by, "call.admit", room, member_id=member_id, reason="admitted", now=now)


def leave(
    session: Session,
    room: CallRoom,
    member_id: UUID,
    *,
    reason: str,
    by_member_id: UUID | None,
    at: datetime,
    now: datetime,
) -> None:
    """Note that somebody is no longer there; whoever was turned away must be admitted anew."""
    member = session.get_one(CallMember, member_id)
    member.arrival = member.resume_hash = None
    member.left_at, member.left_reason = at, reason
    if loses_admission(reason):
        member.admitted_at = member.admitted_by = None
    session.add(member)
    note(
        session,
        room,
        EventKind.LEFT,
        member_id=member_id,
        by_member_id=by_member_id,
        reason=reason,
        at=at,
        now=now,
    )
    if by_member_id is not None:
        by = actor_of(session.get_one(CallMember, by_member_id))
        audit(session, by, "call.admit", room, member_id=member_id, reason=reason, now=now)


def keep_chat(
    session: Session,
    room: CallRoom,
    *,
    line_id: UUID,
    member_id: UUID,
    display_name: str,
    text: str,
    at: datetime,
    now: datetime,
) -> None:
    """Keep a line of chat with the visit; the same id again changes nothing."""
    if session.get(ChatMessage, line_id) is not None:
        return
    line = ChatMessage(
        id=line_id,
        room_id=room.id,
        visit_id=room.visit_id,
        member_id=member_id,
        display_name=display_name,
        text=text,
        occurred_at=at,
        recorded_at=now,
    )
    session.add(line)


def _start(session: Session, room: CallRoom, doctor: CallMember, at: datetime, now: datetime) -> None:
    room.state = MACHINE.move(RoomState(room.state), RoomCommand.START)
    room.started_at = at
    session.add(room)
    note(session, room, EventKind.STARTED, member_id=doctor.id, at=at, now=now)
    started = CallStarted(
        room_id=room.id, appointment_id=room.appointment_id, visit_id=room.visit_id, by=doctor.actor_ref
    )
    publish(session, started, now=now)
