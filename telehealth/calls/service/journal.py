"""What happens in an open room, as the signalling tells it: arrivals, admissions, leaving, chat."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import Session

from telehealth.calls import arriving, queries
from telehealth.calls.arriving import OpenRoom
from telehealth.calls.events import CallParted, CallStarted
from telehealth.calls.forms import have_met
from telehealth.calls.models import CallMember, CallRoom, ChatMessage
from telehealth.calls.rules import BACK, GONE, EventKind, MemberRole, loses_admission
from telehealth.calls.service.notes import actor_of, audit, note
from telehealth.calls.service.rings import stop_ringing, take_back
from telehealth.calls.states import MACHINE, RoomCommand, RoomState
from telehealth.kit.changes import note_change
from telehealth.kit.events import publish
from telehealth.kit.jobs import do_each


def join(
    session: Session,
    room: OpenRoom,
    member_id: UUID,
    *,
    arrival: int,
    resume_hash: str,
    at: datetime,
    now: datetime,
    is_same_knock: bool = False,
) -> None:
    """Note that somebody came in, or came in anew; the doctor's first coming starts the call.

    `is_same_knock`: whoever waits has only loaded the page again, and the journal tells nothing of it.
    """
    session.flush()  # what was noted before it in this unit comes before it in the database
    came = arriving.seat(session, member_id, arrival=arrival, resume_hash=resume_hash, at=at)
    starts = came.role is MemberRole.DOCTOR and arriving.start(session, room.id, at=at)
    session.expire_all()
    kinds = [] if is_same_knock else [EventKind.JOINED if came.is_admitted else EventKind.KNOCKED]
    line = {"room_id": room.id, "member_id": member_id, "occurred_at": at}
    kinds += [EventKind.STARTED] if starts else []
    if kinds:
        arriving.write_events(session, [{**line, "kind": kind} for kind in kinds], now=now)
    scopes = (room.station_facility_id, room.doctor_membership_id)
    note_change(session, "call", room.appointment_id, scopes=scopes, now=now)
    if room.rings:
        stop_ringing(session, room.id, came.role, now=now)
    if starts:
        started = CallStarted(
            room_id=room.id, appointment_id=room.appointment_id, visit_id=room.visit_id, by=came.actor_ref
        )
        publish(session, started, now=now)


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
        if member.role == MemberRole.GUEST:
            take_back(session, room, member.actor_ref, now=now)
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
    if member.role == MemberRole.DOCTOR and room.state == RoomState.LIVE:
        part(session, room, member.actor_ref, now=now)


def part(session: Session, room: CallRoom, by: UUID, *, now: datetime) -> None:
    """Let a call be as before it began, where its doctor has gone and nobody met them."""
    session.flush()
    is_another_there = any(each.role == MemberRole.DOCTOR for each in queries.list_there(session, room.id))
    if is_another_there or have_met(queries.list_entries(session, room.appointment_id)):
        return
    room.state, room.started_at = MACHINE.move(RoomState(room.state), RoomCommand.PART), None
    session.add(room)
    parted = CallParted(room_id=room.id, appointment_id=room.appointment_id, by=by)
    publish(session, parted, now=now)


def hold(session: Session, room: CallRoom, by: UUID | None, *, at: datetime, now: datetime) -> None:
    """Note that somebody put the room on hold, or (None) that the call goes on."""
    kind = EventKind.RESUMED if by is None else EventKind.HELD
    note(session, room, kind, member_id=by or room.held_by, at=at, now=now)
    room.held_by = by
    session.add(room)


def share(session: Session, room: CallRoom, by: UUID | None, *, at: datetime, now: datetime) -> None:
    """Note that somebody shows a screen or a document, or (None) that nobody does any more."""
    kind = EventKind.UNSHARED if by is None else EventKind.SHARED
    note(session, room, kind, member_id=by or room.shared_by, at=at, now=now)
    room.shared_by = by
    session.add(room)


def jot(
    session: Session, lines: Sequence[tuple[UUID, UUID, str, str | None, datetime]], *, now: datetime
) -> None:
    """Append lines (room, member, kind, detail, when) to journals; no page has to hear of them at once.

    Whoever is back is no longer missing: it rings for them no more. A bell that cannot be silenced is left
    to its own clock, and costs no other room its lines.
    """
    names = ("room_id", "member_id", "kind", "reason", "occurred_at")
    arriving.write_events(session, [dict(zip(names, line, strict=True)) for line in lines], now=now)
    last = {member_id: kind for _, member_id, kind, _, _ in lines if kind in BACK | GONE}
    back = {member_id for member_id, kind in last.items() if kind in BACK}
    if back:
        do_each(session, queries.list_rung_for(session, back), partial(_silence, session, now=now))


def _silence(session: Session, member: CallMember, *, now: datetime) -> None:
    queries.lock_room(session, member.room_id)
    stop_ringing(session, member.room_id, MemberRole(member.role), now=now)


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
