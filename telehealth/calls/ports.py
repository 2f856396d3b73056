"""What the signalling asks of the domain, over units of work: implements `signaling.ports.RoomPorts`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from signaling.errors import Code, SignalingError
from signaling.parts import EndReason, LeaveReason, Role
from signaling.ports import (
    Admission,
    ChatEntry,
    ChatKept,
    Ending,
    Member,
    MemberAdmitted,
    MemberJoined,
    MemberLeft,
    Notice,
    Outlook,
    Record,
    RoomEnded,
    RoomFacts,
)
from telehealth.calls import queries, service, standing
from telehealth.calls.errors import CallOverError
from telehealth.calls.models import CallMember, CallRoom
from telehealth.calls.rules import COMPLETED, MemberRole, Wait
from telehealth.kit.db import Database
from telehealth.staff.activity import Activity


class CallPorts:
    """The rooms of the database. Each call is one unit of work.

    Being in a running call counts as activity of the sign-in: nobody may be signed out for idleness
    in the middle of a consultation because they spoke instead of typing.
    """

    def __init__(self, database: Database, activity: Activity) -> None:
        self._database = database
        self._activity = activity

    def redeem_ticket(self, ticket: str, *, resume_hash: str, now: datetime) -> Admission:
        """Use a ticket up; raises ticket-refused or call-over."""
        with self._database.write() as unit:
            try:
                member = service.redeem_ticket(unit.session, ticket, resume_hash=resume_hash, now=now)
            except CallOverError:
                raise SignalingError(Code.CALL_OVER) from None
        if member is None:
            raise SignalingError(Code.TICKET_REFUSED)
        return _admission(member)

    def find_place(self, resume_hash: str, *, now: datetime) -> Admission:
        """Whose kept place this is; raises seat-taken-over, resume-refused or call-over."""
        with self._database.read() as unit:
            place = standing.find_place(unit.session, resume_hash, now=now)
            if place is None:
                is_taken = queries.find_by_former_resume(unit.session, resume_hash) is not None
                raise SignalingError(Code.SEAT_TAKEN_OVER if is_taken else Code.RESUME_REFUSED)
        if place.is_over:
            raise SignalingError(Code.CALL_OVER)
        if not place.is_allowed:
            raise SignalingError(Code.RESUME_REFUSED)
        is_staff = place.role is not MemberRole.PATIENT
        return Admission(
            room_id=place.room_id,
            participant_id=place.member_id,
            display_name=place.display_name,
            role=Role(place.role),
            admitted=place.is_admitted,
            co_located=place.co_located,
            may_admit=is_staff,
            may_end=is_staff,
        )

    def list_outlooks(self, room_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, Outlook]:
        """What those who wait in these rooms may expect."""
        with self._database.read() as unit:
            waits = queries.list_waits(unit.session, room_ids, now=now)
        return {room_id: _outlook(wait) for room_id, wait in waits.items()}

    def open_room(self, room_id: UUID, *, now: datetime) -> RoomFacts:  # noqa: ARG002  (as the port says)
        """Take the room over: its epoch rises by one."""
        with self._database.write() as unit:
            room = queries.lock_room(unit.session, room_id)
            room.epoch += 1
            unit.session.add(room)
            return _facts(unit.session, room)

    def read_room(self, room_id: UUID) -> RoomFacts:
        """The room's facts as they are now."""
        with self._database.read() as unit:
            return _facts(unit.session, queries.get_room(unit.session, room_id))

    def record(self, room_id: UUID, epoch: int, records: Sequence[Record], *, now: datetime) -> None:
        """Keep these facts, all or none; raises room-moved if another server took the room over."""
        with self._database.write() as unit:
            room = queries.lock_room(unit.session, room_id)
            if room.epoch != epoch:
                raise SignalingError(Code.ROOM_MOVED)
            for each in records:
                _keep(unit.session, room, each, now)

    def list_revoked(self, participant_ids: Sequence[UUID], *, now: datetime) -> frozenset[UUID]:
        """Those who may no longer be in their room."""
        with self._database.read() as unit:
            allowed = standing.list_allowed(unit.session, participant_ids, now=now)
        for sign_in_id in filter(None, allowed.values()):
            self._activity.note(sign_in_id, now)
        return frozenset(participant_ids) - allowed.keys()

    def list_live_rooms(self) -> Sequence[UUID]:
        """Rooms in which somebody is and whose call has not ended."""
        with self._database.read() as unit:
            return queries.list_live_room_ids(unit.session)


def _keep(session: Session, room: CallRoom, record: Record, now: datetime) -> None:
    match record:
        case MemberJoined(participant_id=who, order=order, resume_hash=resume_hash, at=at):
            service.join(session, room, who, arrival=order, resume_hash=resume_hash, at=at, now=now)
        case MemberAdmitted(participant_id=who, by=by, at=at):
            service.admit(session, room, who, by, at=at, now=now)
        case MemberLeft(participant_id=who, reason=reason, by=by, at=at):
            service.leave(session, room, who, reason=reason.value, by_member_id=by, at=at, now=now)
        case ChatKept(entry=entry):
            service.keep_chat(
                session,
                room,
                line_id=entry.id,
                member_id=entry.participant_id,
                display_name=entry.display_name,
                text=entry.text,
                at=entry.at,
                now=now,
            )
        case RoomEnded(ending=ending):
            service.end_room(
                session, room, by_member_id=ending.by, reason=ending.reason.value, at=ending.at, now=now
            )


def _facts(session: Session, room: CallRoom) -> RoomFacts:
    members = queries.list_members(session, room.id)
    there = sorted((each for each in members if each.arrival), key=lambda each: each.arrival or 0)
    ending = None
    if room.ended_at is not None:
        ending = Ending(room.ended_by, EndReason(room.end_reason or COMPLETED), room.ended_at)
    return RoomFacts(
        room_id=room.id,
        epoch=room.epoch,
        members=tuple(Member(_admission(each), each.arrival or 0, each.resume_hash or "") for each in there),
        chat=tuple(
            ChatEntry(each.id, each.member_id, each.display_name, each.text, each.occurred_at)
            for each in queries.list_chat(session, room.id)
        ),
        ending=ending,
        left={
            each.id: LeaveReason.MOVED
            for each in members
            if each.arrival is None and each.left_reason == LeaveReason.MOVED
        },
    )


def _outlook(wait: Wait) -> Outlook:
    notice = Notice(wait.notice.minutes, wait.notice.at) if wait.notice else None
    return Outlook(wait.ahead, wait.minutes, wait.is_busy, notice)


def _admission(member: CallMember) -> Admission:
    is_staff = member.role != MemberRole.PATIENT
    return Admission(
        room_id=member.room_id,
        participant_id=member.id,
        display_name=member.display_name,
        role=Role(member.role),
        admitted=member.admitted_at is not None,
        co_located=member.co_located,
        may_admit=is_staff,
        may_end=is_staff,
    )
