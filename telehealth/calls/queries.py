"""Every select of calls. Staff see the calls of appointments in their scope, a patient only their own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, or_, select

from telehealth.calls.errors import CallNotFoundError
from telehealth.calls.journals import Entry
from telehealth.calls.models import CallEvent, CallMember, CallRing, CallRoom, CallTicket, ChatMessage
from telehealth.calls.ringing import RingWhom
from telehealth.calls.rules import (
    BACK,
    CHAT_KEPT_AT_HAND,
    GONE,
    JOINABLE,
    EventKind,
    MemberRole,
    Notice,
    Turn,
    Wait,
    wait_of,
)
from telehealth.calls.states import RingState, RoomState
from telehealth.kit.actors import Actor
from telehealth.links.actors import LinkActor
from telehealth.patients.models import Patient
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_appointment, get_by_id
from telehealth.scheduling.states import AppointmentState

DAY_BEHIND: Final = timedelta(hours=12)
"""How far back an appointment may have begun that the doctor is still to see today."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is at a call now, as lists of a day show it."""

    state: RoomState
    waiting: tuple[str, ...] = ()
    present: tuple[MemberRole, ...] = ()
    notice: Notice | None = None


def get_joinable(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Return the appointment an actor may join the call of: in scope, or asked in by its doctor.

    Raises `appointment-not-found` for staff out of scope, `call-not-found` for a link to anything else.
    """
    if isinstance(actor, LinkActor):
        if actor.purpose != "join" or actor.subject_id != appointment_id or not actor.is_confirmed:
            raise CallNotFoundError
        return get_by_id(session, appointment_id)
    if find_asked_in(session, appointment_id, actor.ref) is not None:
        return get_by_id(session, appointment_id)
    return get_appointment(session, actor, appointment_id, now=now)


def find_asked_in(session: Session, appointment_id: UUID, membership_id: UUID) -> CallRing | None:
    """Find the latest ring by which a colleague was asked into a call and accepted; it opens nothing once
    the call is over.
    """
    query = (
        select(CallRing)
        .join(CallRoom, col(CallRoom.id) == col(CallRing.room_id))
        .where(
            CallRing.appointment_id == appointment_id,
            CallRing.membership_id == membership_id,
            CallRing.whom == RingWhom.COLLEAGUE,
            CallRing.state == RingState.ACCEPTED,
            CallRoom.state != RoomState.ENDED,
        )
    )
    return session.exec(query.order_by(col(CallRing.rung_at).desc())).first()


def list_room_rings(session: Session, room_id: UUID) -> list[CallRing]:
    """List everybody rung for a call, the latest last."""
    query = select(CallRing).where(CallRing.room_id == room_id).order_by(col(CallRing.rung_at))
    return list(session.exec(query))


def list_ringing(session: Session, actor: Actor, *, now: datetime) -> list[CallRing]:
    """List what rings for a membership or its station now, the latest first."""
    query = select(CallRing).where(
        or_(CallRing.membership_id == actor.ref, CallRing.facility_id == actor.facility_id),
        CallRing.state == RingState.RINGING,
        CallRing.until_at > now,
    )
    return list(session.exec(query.order_by(col(CallRing.rung_at).desc())))


def lock_ring(session: Session, ring_id: UUID) -> CallRing:
    """Return a ring, held against other answers; raise `call-not-found`."""
    query = select(CallRing).where(CallRing.id == ring_id).with_for_update()
    ring = session.exec(query.execution_options(populate_existing=True)).first()
    if ring is None:
        raise CallNotFoundError
    return ring


def list_in_calls(session: Session, membership_ids: Collection[UUID]) -> set[UUID]:
    """List which of these memberships are in a call now."""
    query = select(CallMember.actor_ref).where(
        col(CallMember.actor_ref).in_(membership_ids), col(CallMember.arrival).is_not(None)
    )
    return set(session.exec(query))


def find_room(session: Session, appointment_id: UUID) -> CallRoom | None:
    """Find the room of an appointment; the caller has checked the right to it."""
    return session.exec(select(CallRoom).where(CallRoom.appointment_id == appointment_id)).first()


def lock_room(session: Session, room_id: UUID) -> CallRoom:
    """Return a room, held against other writers until the unit ends; raise `call-not-found`."""
    query = select(CallRoom).where(CallRoom.id == room_id).with_for_update()
    room = session.exec(query.execution_options(populate_existing=True)).first()
    if room is None:
        raise CallNotFoundError
    return room


def get_room(session: Session, room_id: UUID) -> CallRoom:
    """Return a room; raise `call-not-found`."""
    room = session.get(CallRoom, room_id)
    if room is None:
        raise CallNotFoundError
    return room


def find_member(session: Session, room_id: UUID, actor_ref: UUID, device_id: UUID) -> CallMember | None:
    """Find somebody by who they are; the same each time the same person comes to the same room."""
    query = select(CallMember).where(
        CallMember.room_id == room_id, CallMember.actor_ref == actor_ref, CallMember.device_id == device_id
    )
    return session.exec(query).first()


def list_members(session: Session, room_id: UUID) -> list[CallMember]:
    """List everybody who ever had a ticket to a room, in the order of their first one."""
    query = select(CallMember).where(CallMember.room_id == room_id).order_by(col(CallMember.id))
    return list(session.exec(query))


def list_there(session: Session, room_id: UUID) -> list[CallMember]:
    """List who came into a room and has not left it, by arrival."""
    query = select(CallMember).where(CallMember.room_id == room_id, col(CallMember.arrival).is_not(None))
    return list(session.exec(query.order_by(col(CallMember.arrival))))


def list_reached(session: Session, room_id: UUID) -> list[CallMember]:
    """List who is in a room with the line up: of the others only the place is kept."""
    told = select(CallEvent).where(CallEvent.room_id == room_id, col(CallEvent.kind).in_(GONE | BACK))
    order = (col(CallEvent.occurred_at), col(CallEvent.id))
    latest = {event.member_id: event for event in session.exec(told.order_by(*order))}
    gone_at = {who: event.occurred_at for who, event in latest.items() if event.kind in GONE}
    return [
        each
        for each in list_there(session, room_id)
        if each.id not in gone_at or (each.joined_at is not None and each.joined_at >= gone_at[each.id])
    ]


def list_rung_for(session: Session, member_ids: Collection[UUID]) -> list[CallMember]:
    """List those of these members in whose rooms it rings for anybody, by room: so they may be locked."""
    rings = select(CallRing.id).where(
        CallRing.room_id == CallMember.room_id, CallRing.state == RingState.RINGING
    )
    rung = select(CallMember).where(col(CallMember.id).in_(member_ids), rings.exists())
    return list(session.exec(rung.order_by(col(CallMember.room_id))))


def find_by_former_resume(session: Session, resume_hash: str) -> CallMember | None:
    """Find who is in a room from a later page than the one this secret was given to."""
    query = (
        select(CallMember)
        .join(CallTicket, col(CallTicket.member_id) == col(CallMember.id))
        .where(CallTicket.resume_hash == resume_hash, col(CallMember.arrival).is_not(None))
    )
    return session.exec(query).first()


def list_chat(session: Session, room_id: UUID) -> list[ChatMessage]:
    """List the latest lines of a room, oldest first."""
    query = (
        select(ChatMessage)
        .where(ChatMessage.room_id == room_id)
        .order_by(col(ChatMessage.occurred_at).desc(), col(ChatMessage.id).desc())
        .limit(CHAT_KEPT_AT_HAND)
    )
    return list(session.exec(query))[::-1]


def list_events(session: Session, room_id: UUID) -> list[CallEvent]:
    """List the journal of a room, oldest first."""
    query = select(CallEvent).where(CallEvent.room_id == room_id)
    return list(session.exec(query.order_by(col(CallEvent.occurred_at), col(CallEvent.id))))


def list_entries(session: Session, appointment_id: UUID) -> list[Entry]:
    """List the journal of an appointment call with roles; the caller has found the appointment in scope."""
    query = (
        select(CallEvent, CallMember.role)
        .join(CallRoom, col(CallRoom.id) == col(CallEvent.room_id))
        .outerjoin(CallMember, col(CallMember.id) == col(CallEvent.member_id))
        .where(CallRoom.appointment_id == appointment_id)
        .order_by(col(CallEvent.occurred_at), col(CallEvent.id))
    )
    return [
        Entry(
            EventKind(event.kind),
            event.occurred_at,
            MemberRole(role) if role else None,
            event.reason,
            event.member_id,
        )
        for event, role in session.exec(query)
    ]


def list_visit_rooms(session: Session, visit_id: UUID) -> list[CallRoom]:
    """List the calls of a visit, the first one first; the caller has found the visit in scope."""
    return list(
        session.exec(select(CallRoom).where(CallRoom.visit_id == visit_id).order_by(col(CallRoom.opened_at)))
    )


def list_visit_chat(session: Session, visit_id: UUID) -> list[ChatMessage]:
    """List all that was written in the calls of a visit, oldest first; the caller has it in scope."""
    query = select(ChatMessage).where(ChatMessage.visit_id == visit_id)
    return list(session.exec(query.order_by(col(ChatMessage.occurred_at), col(ChatMessage.id))))


def list_live_room_ids(session: Session) -> list[UUID]:
    """List the rooms in which somebody is and whose call has not ended."""
    query = (
        select(CallRoom.id)
        .join(CallMember, col(CallMember.room_id) == CallRoom.id)
        .where(CallRoom.state != RoomState.ENDED, col(CallMember.arrival).is_not(None))
        .distinct()
    )
    return list(session.exec(query))


def list_rooms_with(session: Session, rights: Collection[UUID]) -> list[UUID]:
    """List the rooms in which somebody is by one of these memberships or sign-ins."""
    query = select(CallMember.room_id).where(
        or_(col(CallMember.actor_ref).in_(rights), col(CallMember.sign_in_id).in_(rights)),
        col(CallMember.arrival).is_not(None),
    )
    return list(session.exec(query.distinct()))


def waiting_in(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, Presence]:
    """Return who is at the calls of appointments the caller has found in scope; none: nobody ever was."""
    rooms = session.exec(select(CallRoom).where(col(CallRoom.appointment_id).in_(appointment_ids))).all()
    there = session.exec(
        select(CallMember)
        .where(col(CallMember.room_id).in_([room.id for room in rooms]), col(CallMember.arrival).is_not(None))
        .order_by(col(CallMember.arrival))
    ).all()
    return {
        room.appointment_id: _presence(room, [m for m in there if m.room_id == room.id]) for room in rooms
    }


def _presence(room: CallRoom, there: list[CallMember]) -> Presence:
    state = RoomState(room.state)
    if state is RoomState.ENDED:
        return Presence(state)
    return Presence(
        state,
        waiting=tuple(dict.fromkeys(each.display_name for each in there if each.admitted_at is None)),
        present=tuple(MemberRole(each.role) for each in there if each.admitted_at is not None),
        notice=notice_of(room),
    )


def notice_of(room: CallRoom) -> Notice | None:
    """Return what the doctor last had those who wait told."""
    if room.notice_minutes is None or room.notice_at is None:
        return None
    return Notice(room.notice_minutes, room.notice_at)


def list_waits(session: Session, room_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Wait]:
    """Return what those who wait in these rooms may expect; the rooms' members are the ones to be told."""
    query = select(CallRoom, Appointment).join(
        Appointment, col(Appointment.id) == col(CallRoom.appointment_id)
    )
    rooms = session.exec(query.where(col(CallRoom.id).in_(room_ids))).all()
    if not rooms:
        return {}
    doctors = {appointment.doctor_membership_id for _, appointment in rooms}
    latest = max(appointment.starts_at for _, appointment in rooms)
    day = session.exec(
        select(Appointment).where(
            col(Appointment.doctor_membership_id).in_(doctors),
            col(Appointment.starts_at).between(now - DAY_BEHIND, latest),
            col(Appointment.status).in_(JOINABLE),
        )
    ).all()
    presence = waiting_in(session, {each.id for each in day})
    turns = {each.id: _turn(each, presence.get(each.id), now) for each in day}
    return {
        room.id: wait_of(
            turns.get(own.id) or _turn(own, None, now),
            [
                turns[each.id]
                for each in day
                if each.doctor_membership_id == own.doctor_membership_id and each.id != own.id
            ],
            notice_of(room),
            now=now,
        )
        for room, own in rooms
    }


def _turn(appointment: Appointment, presence: Presence | None, now: datetime) -> Turn:
    is_anybody_there = presence is not None and bool(presence.waiting or presence.present)
    return Turn(
        appointment.starts_at,
        appointment.ends_at,
        is_current=presence is not None and MemberRole.DOCTOR in presence.present,
        is_expected=is_anybody_there
        or appointment.ends_at > now
        or appointment.status == AppointmentState.CHECKED_IN,
    )


def get_patient_name(session: Session, patient_id: UUID) -> str:
    """Return the patient's name for the room of their own appointment; no actor's scope reaches a link."""
    return session.exec(select(Patient.full_name).where(Patient.id == patient_id)).one()
