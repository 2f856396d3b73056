"""A second implementation of the signalling's ports: a domain that keeps its rooms in memory.

It outlives hubs as a database would, so a test stops one hub and starts the next over the same facts.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from signaling.errors import Code, SignalingError
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
    Outlook,
    Presented,
    Record,
    RoomEnded,
    RoomFacts,
    RoomHeld,
    RoomShared,
)

TICKET_LIFE = timedelta(seconds=60)


@dataclass(slots=True)
class StoredRoom:
    """One room's rows."""

    epoch: int = 0
    holder: UUID | None = None
    members: dict[UUID, Member] = field(default_factory=dict)
    chat: dict[UUID, ChatEntry] = field(default_factory=dict)
    ending: Ending | None = None
    held_by: UUID | None = None
    shared_by: UUID | None = None
    jotted: list[Jotting] = field(default_factory=list)
    journal: list[Record] = field(default_factory=list)


class MemoryPorts:
    """Implements signaling.ports.RoomPorts; safe to call from several threads."""

    def __init__(self) -> None:
        self.rooms: dict[UUID, StoredRoom] = {}
        self.is_broken = False
        self.is_jotting_broken = False
        self._tickets: dict[str, tuple[Admission, datetime, int]] = {}
        self._known: dict[UUID, Admission] = {}
        self._revoked: set[UUID] = set()
        self._latest: dict[UUID, datetime] = {}
        self._secrets: dict[str, UUID] = {}
        self.alive: dict[UUID, datetime] = {}
        self.outlooks: dict[UUID, Outlook] = {}
        self._lock = threading.Lock()

    def issue_ticket(self, admission: Admission, *, now: datetime) -> str:
        """The domain's own act: a single-use ticket for this admission."""
        with self._lock:
            ticket = hashlib.sha256(f"{len(self._tickets)}:{admission.participant_id}".encode()).hexdigest()
            self._tickets[ticket] = (admission, now + TICKET_LIFE, len(self._tickets) + 1)
            return ticket

    def withdraw(self, participant_id: UUID) -> None:
        """The domain's own act: this participant's right to be in a room is gone."""
        self._revoked.add(participant_id)

    def redeem_tickets(self, presented: Sequence[Presented]) -> Mapping[Presented, Admission | Code]:
        """Use tickets up."""
        with self._lock:
            self._require_storage()
            return {each: self._redeem(each) for each in presented}

    def _redeem(self, presented: Presented) -> Admission | Code:
        nobody = (None, presented.at, 0)
        admission, until, number = self._tickets.get(presented.ticket, nobody)
        if admission is None or presented.at >= until or admission.participant_id in self._revoked:
            return Code.TICKET_REFUSED
        if number <= self._latest.get(admission.participant_id, 0):  # used, or overtaken
            return Code.TICKET_REFUSED
        room = self.rooms.setdefault(admission.room_id, StoredRoom())
        if room.ending is not None:
            return Code.CALL_OVER
        self._latest[admission.participant_id] = number
        self._secrets[presented.resume_hash] = admission.participant_id
        member = room.members.get(admission.participant_id)
        if member is not None and member.admission.admitted:
            admission = replace(admission, admitted=True)
        self._known[admission.participant_id] = admission
        return admission

    def find_places(self, resume_hashes: Sequence[str], *, now: datetime) -> Mapping[str, Admission | Code]:
        """Whose kept place each of these is."""
        with self._lock:
            return {each: self._place(each) for each in resume_hashes}

    def _place(self, resume_hash: str) -> Admission | Code:
        for room in self.rooms.values():
            for member in room.members.values():
                if member.resume_hash == resume_hash:
                    is_revoked = member.admission.participant_id in self._revoked
                    return Code.RESUME_REFUSED if is_revoked else member.admission
        former = self._secrets.get(resume_hash)
        is_taken = any(former in room.members for room in self.rooms.values())
        return Code.SEAT_TAKEN_OVER if is_taken else Code.RESUME_REFUSED

    def list_outlooks(self, room_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, Outlook]:
        """What those who wait may expect."""
        return {one: self.outlooks[one] for one in room_ids if one in self.outlooks}

    def find_holding(self, *, ticket: str | None, resume_hash: str, now: datetime) -> Holding | None:
        """Who holds the room."""
        with self._lock:
            if ticket is not None:
                room_id = self._tickets[ticket][0].room_id if ticket in self._tickets else None
            else:
                member = self._secrets.get(resume_hash)
                room_id = next((one for one, room in self.rooms.items() if member in room.members), None)
            if room_id is None:
                return None
            holder = self.rooms.setdefault(room_id, StoredRoom()).holder
            seen = self.alive.get(holder) if holder else None
            return Holding(room_id, holder, seen is not None and now - seen < timedelta(seconds=5))

    def note_alive(self, node: UUID, *, now: datetime) -> None:
        """A server lives."""
        self.alive[node] = now

    def let_go(self, node: UUID) -> None:
        """A server holds nothing any more."""
        with self._lock:
            self.alive.pop(node, None)
            for room in self.rooms.values():
                room.holder = None if room.holder == node else room.holder

    def list_abandoned(self, *, now: datetime) -> Sequence[tuple[UUID, UUID | None]]:
        """Rooms whose holder is none or dead."""
        with self._lock:
            lately = {one for one, seen in self.alive.items() if now - seen < timedelta(seconds=30)}
            return [
                (one, room.holder)
                for one, room in self.rooms.items()
                if room.members and room.ending is None and room.holder not in lately
            ]

    def list_stale(self, epochs: Mapping[UUID, int]) -> Sequence[UUID]:
        """Rooms opened elsewhere, or ended."""
        with self._lock:
            return [
                one
                for one, epoch in epochs.items()
                if self.rooms[one].epoch != epoch or self.rooms[one].ending is not None
            ]

    def open_room(
        self, room_id: UUID, *, now: datetime, by: UUID | None = None, over: UUID | None = None
    ) -> RoomFacts:
        """Raise the epoch and return the facts."""
        with self._lock:
            room = self.rooms.setdefault(room_id, StoredRoom())
            if by is not None and room.holder not in (None, by, over):
                raise SignalingError(Code.ROOM_MOVED)
            room.epoch += 1
            room.holder = by
        return self.read_room(room_id)

    def read_room(self, room_id: UUID) -> RoomFacts:
        """The facts as they are."""
        with self._lock:
            room = self.rooms[room_id]
            return RoomFacts(
                room_id,
                room.epoch,
                tuple(room.members.values()),
                tuple(room.chat.values()),
                room.ending,
                held_by=room.held_by,
                shared_by=room.shared_by,
            )

    def record(self, room_id: UUID, epoch: int, records: Sequence[Record], *, now: datetime) -> None:
        """Keep facts and journal them."""
        with self._lock:
            self._require_storage()
            room = self.rooms[room_id]
            if epoch != room.epoch:
                raise SignalingError(Code.ROOM_MOVED)
            for record in records:
                self._apply(room, record)
                room.journal.append(record)

    def jot(self, jottings: Sequence[Jotting], *, now: datetime) -> None:
        """Append to the journals."""
        with self._lock:
            if self.is_jotting_broken:
                raise OSError("disk full")
            self._require_storage()
            for jotting in jottings:
                self.rooms[jotting.room_id].jotted.append(jotting)

    def list_revoked(self, participant_ids: Sequence[UUID], *, now: datetime) -> frozenset[UUID]:
        """Those whose right is gone."""
        return frozenset(one for one in participant_ids if one in self._revoked)

    def list_live_rooms(self) -> Sequence[UUID]:
        """Rooms with members."""
        with self._lock:
            return [one for one, room in self.rooms.items() if room.members and room.ending is None]

    def _require_storage(self) -> None:
        if self.is_broken:
            raise OSError("disk full")

    def _apply(self, room: StoredRoom, record: Record) -> None:
        match record:
            case MemberJoined():
                admission = replace(self._known[record.participant_id], admitted=record.admitted)
                room.members[record.participant_id] = Member(admission, record.order, record.resume_hash)
            case MemberAdmitted():
                member = room.members[record.participant_id]
                admission = replace(member.admission, admitted=True)
                room.members[record.participant_id] = replace(member, admission=admission)
            case MemberLeft():
                room.members.pop(record.participant_id, None)
            case ChatKept():
                room.chat[record.entry.id] = record.entry
            case RoomHeld(by=by):
                room.held_by = by
            case RoomShared(by=by):
                room.shared_by = by
            case RoomEnded():
                room.ending = record.ending
