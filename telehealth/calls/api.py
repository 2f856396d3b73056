"""Calls over the API: tickets to the socket, who is there, what was written, ending."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.calls import queries, service
from telehealth.calls.errors import CallNotFoundError
from telehealth.calls.models import CallEvent, CallMember, CallRing, CallRoom, ChatMessage
from telehealth.calls.ringing import Colleague, RingPurpose, RingWhom
from telehealth.calls.rules import TICKET_LIFE, MemberRole
from telehealth.calls.schemas import (
    AskIn,
    CallEventOut,
    ChatOut,
    ColleagueOut,
    MemberOut,
    NoticeIn,
    RingIn,
    RingOut,
    RoomOut,
    TicketOut,
)
from telehealth.calls.states import RoomState
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit

SOCKET_PATH = "/signal"

router = APIRouter(prefix="/api/v1/calls", tags=["calls"])
rings = APIRouter(prefix="/api/v1/call-rings", tags=["calls"])

Joiner = Annotated[Actor, AllowToken("call.join")]
Admitter = Annotated[Actor, AllowToken("call.admit")]
Ringer = Annotated[Actor, AllowToken("call.ring")]
Inviter = Annotated[Actor, AllowToken("call.invite")]
Answerer = Annotated[Actor, AllowToken("call.answer")]


@router.post("/{appointment_id}/ticket", status_code=201)
def create_call_ticket(actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> TicketOut:
    """Get a ticket to the call of an appointment: for one socket, within a minute."""
    ticket = service.issue_ticket(unit.session, actor, appointment_id, now=unit.now)
    seconds = int(TICKET_LIFE.total_seconds())
    return TicketOut(ticket=ticket, expires_in_seconds=seconds, socket_path=SOCKET_PATH)


@router.get("/{appointment_id}/room")
def get_call_room(actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> RoomOut:
    """Return who is or was at the call of an appointment, and how it ended; the reading is audited."""
    room = _find(unit, actor, appointment_id)
    service.note_reading(unit.session, actor, room, "room-read", now=unit.now)
    return _room(unit, room)


@router.get("/{appointment_id}/chat")
def list_call_chat(actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> list[ChatOut]:
    """List what was written in the call, oldest first; the reading is audited."""
    room = _find(unit, actor, appointment_id)
    service.note_reading(unit.session, actor, room, "chat-read", now=unit.now)
    return [_line(each) for each in queries.list_chat(unit.session, room.id)]


@router.post("/{appointment_id}/members/{member_id}/confirm")
def confirm_call_member(actor: Admitter, unit: WriteUnit, appointment_id: UUID, member_id: UUID) -> MemberOut:
    """Note that a patient in the call was recognised."""
    return _member(service.confirm_identity(unit.session, actor, appointment_id, member_id, now=unit.now))


@router.post("/{appointment_id}/notice")
def tell_call_waiting(actor: Admitter, unit: WriteUnit, appointment_id: UUID, told: NoticeIn) -> RoomOut:
    """Have those who wait told how long it takes yet; only the appointment's doctor can."""
    return _room(unit, service.tell_waiting(unit.session, actor, appointment_id, told.minutes, now=unit.now))


@router.post("/{appointment_id}/end")
def end_call(actor: Admitter, unit: WriteUnit, appointment_id: UUID) -> RoomOut:
    """End the call for everybody."""
    return _room(unit, service.end(unit.session, actor, appointment_id, now=unit.now))


@router.get("/{appointment_id}/journal")
def list_call_events(actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> list[CallEventOut]:
    """List what the journal of a call tells, oldest first; the reading is audited."""
    room = _find(unit, actor, appointment_id)
    service.note_reading(unit.session, actor, room, "journal-read", now=unit.now)
    return [_event(each) for each in queries.list_events(unit.session, room.id)]


@router.post("/{appointment_id}/rings", status_code=201)
def ring_missing(actor: Ringer, unit: WriteUnit, appointment_id: UUID, wanted: RingIn) -> RingOut:
    """Ring the station or the doctor into a call, or send the patient the link again."""
    return _ring(
        service.ring_missing(unit.session, actor, appointment_id, RingWhom(wanted.whom), now=unit.now)
    )


@router.get("/{appointment_id}/colleagues")
def list_call_colleagues(actor: Inviter, unit: ReadUnit, appointment_id: UUID) -> list[ColleagueOut]:
    """List whom the doctor of a call may ask in; only that doctor can."""
    found = service.list_colleagues(unit.session, actor, appointment_id, now=unit.now)
    return [_colleague(each) for each in found]


@router.post("/{appointment_id}/asks", status_code=201)
def ask_into_call(actor: Inviter, unit: WriteUnit, appointment_id: UUID, wanted: AskIn) -> RingOut:
    """Ring a colleague into a running call: to advise, to interpret, or to take it over."""
    who, purpose = wanted.membership_id, RingPurpose(wanted.purpose)
    return _ring(service.ask_in(unit.session, actor, appointment_id, who, purpose, now=unit.now))


@rings.get("")
def list_call_rings(actor: Answerer, unit: ReadUnit) -> list[RingOut]:
    """List what rings for the caller, or for the caller's station, now."""
    return [_ring(each) for each in queries.list_ringing(unit.session, actor, now=unit.now)]


@rings.post("/{ring_id}/accept")
def accept_call_ring(actor: Answerer, unit: WriteUnit, ring_id: UUID) -> RingOut:
    """Come: the call opens for a ticket, and where it is handed over the caller is its doctor from now on."""
    return _ring(service.accept(unit.session, actor, ring_id, now=unit.now))


@rings.post("/{ring_id}/decline")
def decline_call_ring(actor: Answerer, unit: WriteUnit, ring_id: UUID) -> RingOut:
    """Say no; whoever rang sees it."""
    return _ring(service.decline(unit.session, actor, ring_id, now=unit.now))


def _ring(ring: CallRing) -> RingOut:
    return RingOut.model_validate(ring, from_attributes=True)


def _colleague(colleague: Colleague) -> ColleagueOut:
    return ColleagueOut.model_validate(colleague, from_attributes=True)


def _event(event: CallEvent) -> CallEventOut:
    return CallEventOut.model_validate(event, from_attributes=True)


def _find(unit: Unit, actor: Actor, appointment_id: UUID) -> CallRoom:
    queries.get_joinable(unit.session, actor, appointment_id, now=unit.now)
    room = queries.find_room(unit.session, appointment_id)
    if room is None:
        raise CallNotFoundError
    return room


def _room(unit: Unit, room: CallRoom) -> RoomOut:
    return RoomOut(
        appointment_id=room.appointment_id,
        state=RoomState(room.state),
        started_at=room.started_at,
        ended_at=room.ended_at,
        end_reason=room.end_reason,
        notice_minutes=room.notice_minutes,
        notice_at=room.notice_at,
        members=[_member(each) for each in queries.list_members(unit.session, room.id)],
    )


def _member(member: CallMember) -> MemberOut:
    return MemberOut(
        id=member.id,
        name=member.display_name,
        role=MemberRole(member.role),
        co_located=member.co_located,
        is_there=member.arrival is not None,
        is_admitted=member.admitted_at is not None,
        is_confirmed=member.confirmed_at is not None,
    )


def _line(line: ChatMessage) -> ChatOut:
    return ChatOut(
        id=line.id,
        from_id=line.member_id,
        name=line.display_name,
        text=line.text,
        occurred_at=line.occurred_at,
    )
