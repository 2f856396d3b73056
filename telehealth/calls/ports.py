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
    Holding,
    Jotting,
    Member,
    MemberAdmitted,
    MemberJoined,
    MemberLeft,
    Notice,
    Outlook,
    Presented,
    Record,
    RoomEnded,
    RoomFacts,
    RoomHeld,
    RoomShared,
)
from telehealth.calls import arriving, holding, queries, service, standing
from telehealth.calls.arriving import OpenRoom
from telehealth.calls.models import CallMember, CallRoom
from telehealth.calls.rules import COMPLETED, MemberRole, Wait
from telehealth.kit.db import Database
from telehealth.kit.retries import run_write
from telehealth.staff.activity import Activity


class CallPorts:
    """The rooms of the database. Each call is one unit of work.

    Being in a running call counts as activity of the sign-in: nobody may be signed out for idleness
    in the middle of a consultation because they spoke instead of typing.
    """

    def __init__(self, database: Database, activity: Activity) -> None:
        self._database = database
        self._activity = activity

    def redeem_tickets(self, presented: Sequence[Presented]) -> Mapping[Presented, Admission | Code]:
        """Use tickets up, in one unit of work; or ticket-refused, or call-over."""
        with self._database.write() as unit:
            places = {
                each: standing.use_ticket(
                    unit.session, each.ticket, resume_hash=each.resume_hash, now=each.at
                )
                # In one order, whichever server they are presented at: none waits for another's.
                for each in sorted(presented, key=lambda one: one.ticket)
            }
        return {each: _kept_place(place, Code.TICKET_REFUSED) for each, place in places.items()}

    def find_places(self, resume_hashes: Sequence[str], *, now: datetime) -> Mapping[str, Admission | Code]:
        """Whose kept place each of these is; or seat-taken-over, resume-refused or call-over."""
        with self._database.read() as unit:
            places = standing.find_places(unit.session, resume_hashes, now=now)
            taken = {
                each
                for each in resume_hashes
                if each not in places and queries.find_by_former_resume(unit.session, each) is not None
            }
        return {
            each: Code.SEAT_TAKEN_OVER
            if each in taken
            else _kept_place(places.get(each), Code.RESUME_REFUSED)
            for each in resume_hashes
        }

    def list_outlooks(self, room_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, Outlook]:
        """What those who wait in these rooms may expect."""
        with self._database.read() as unit:
            waits = queries.list_waits(unit.session, room_ids, now=now)
        return {room_id: _outlook(wait) for room_id, wait in waits.items()}

    def find_holding(self, *, ticket: str | None, resume_hash: str, now: datetime) -> Holding | None:
        """Which server holds the room of this ticket or kept place."""
        with self._database.read() as unit:
            found = holding.find_holder(unit.session, ticket=ticket, resume_hash=resume_hash, now=now)
        return Holding(*found) if found else None

    def note_alive(self, node: UUID, *, now: datetime) -> None:
        """Note that this server lives."""
        with self._database.write() as unit:
            holding.note_alive(unit.session, node, now=now)

    def let_go(self, node: UUID) -> None:
        """Note that this server holds no room any more."""
        with self._database.write() as unit:
            holding.let_go(unit.session, node)

    def list_abandoned(self, *, now: datetime) -> Sequence[tuple[UUID, UUID | None]]:
        """Rooms in which somebody is by the book and which nobody serves, with the holder of each."""
        with self._database.read() as unit:
            return holding.list_abandoned(unit.session, now=now)

    def list_stale(self, epochs: Mapping[UUID, int]) -> Sequence[UUID]:
        """Of these rooms those opened elsewhere since, or ended."""
        with self._database.read() as unit:
            return holding.list_stale(unit.session, epochs)

    def open_room(
        self,
        room_id: UUID,
        *,
        now: datetime,  # noqa: ARG002  (as the port says)
        by: UUID | None = None,
        over: UUID | None = None,
    ) -> RoomFacts:
        """Take the room over: its epoch rises by one; raises room-moved where another came first."""
        with self._database.write() as unit:
            opened = arriving.raise_epoch(unit.session, room_id, by=by, over=over)
            if opened is None:
                raise SignalingError(Code.ROOM_MOVED)
            epoch, is_over = opened
            if epoch == 1 and not is_over:  # nobody was ever in it
                return RoomFacts(room_id, epoch)
            return _facts(unit.session, queries.get_room(unit.session, room_id))

    def read_room(self, room_id: UUID) -> RoomFacts:
        """The room's facts as they are now."""
        with self._database.read() as unit:
            return _facts(unit.session, queries.get_room(unit.session, room_id))

    def record(self, room_id: UUID, epoch: int, records: Sequence[Record], *, now: datetime) -> None:
        """Keep these facts, all or none; raises room-moved if another server took the room over."""
        with self._database.write() as unit:
            room = arriving.lock(unit.session, room_id)
            if room.epoch != epoch:
                raise SignalingError(Code.ROOM_MOVED)
            for each in records:
                if isinstance(each, MemberJoined):
                    _seat(unit.session, room, each, now)
                else:
                    _keep(unit.session, queries.get_room(unit.session, room_id), each, now)

    def list_revoked(self, participant_ids: Sequence[UUID], *, now: datetime) -> frozenset[UUID]:
        """Those who may no longer be in their room."""
        with self._database.read() as unit:
            allowed = standing.list_allowed(unit.session, participant_ids, now=now)
        for sign_in_id in filter(None, allowed.values()):
            self._activity.note(sign_in_id, now)
        return frozenset(participant_ids) - allowed.keys()

    def jot(self, jottings: Sequence[Jotting], *, now: datetime) -> None:
        """Append to the journals of calls: one unit of work for many rooms, and no page is woken by it."""
        lines = [(each.room_id, each.participant_id, each.kind, each.detail, each.at) for each in jottings]
        run_write(self._database, lambda unit: service.jot(unit.session, lines, now=now))

    def list_live_rooms(self) -> Sequence[UUID]:
        """Rooms in which somebody is and whose call has not ended."""
        with self._database.read() as unit:
            return queries.list_live_room_ids(unit.session)


def _seat(session: Session, room: OpenRoom, record: MemberJoined, now: datetime) -> None:
    service.join(
        session,
        room,
        record.participant_id,
        arrival=record.order,
        resume_hash=record.resume_hash,
        at=record.at,
        now=now,
        is_same_knock=record.is_same_knock,
    )


def _keep(session: Session, room: CallRoom, record: Record, now: datetime) -> None:
    match record:
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
        case RoomHeld(by=by, at=at):
            service.hold(session, room, by, at=at, now=now)
        case RoomShared(by=by, at=at):
            service.share(session, room, by, at=at, now=now)
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
        held_by=room.held_by,
        shared_by=room.shared_by,
    )


def _outlook(wait: Wait) -> Outlook:
    notice = Notice(wait.notice.minutes, wait.notice.at) if wait.notice else None
    return Outlook(wait.ahead, wait.minutes, wait.is_busy, notice)


def _admission(member: CallMember) -> Admission:
    runs = MemberRole(member.role).runs_the_call
    return Admission(
        room_id=member.room_id,
        participant_id=member.id,
        display_name=member.display_name,
        role=Role(member.role),
        admitted=member.admitted_at is not None,
        co_located=member.co_located,
        confirmed=member.confirmed_at is not None,
        may_admit=runs,
        may_end=runs,
    )


def _kept_place(place: standing.Place | None, refusal: Code) -> Admission | Code:
    if place is not None and place.is_over:
        return Code.CALL_OVER
    return _admission_to(place) if place is not None and place.is_allowed else refusal


def _admission_to(place: standing.Place) -> Admission:
    runs = place.role.runs_the_call
    return Admission(
        room_id=place.room_id,
        participant_id=place.member_id,
        display_name=place.display_name,
        role=Role(place.role),
        admitted=place.is_admitted,
        co_located=place.co_located,
        confirmed=place.is_confirmed,
        may_admit=runs,
        may_end=runs,
    )
