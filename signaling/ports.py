"""What the signalling needs from the domain, as interfaces; the composition root implements them.

All calls are plain functions run in a thread, each its own unit of work: committed when it returns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from signaling.errors import Code
from signaling.parts import EndReason, LeaveReason, Role


@dataclass(frozen=True, slots=True)
class Admission:
    """Who comes into which room, and what they may do there.

    `participant_id` is the same each time the same person comes to the same room. `admitted` is true for
    doctor and station, and for a patient who was let in before. `co_located` joins without sound. `confirmed`
    is a patient whom somebody has recognised, as a link proves only a phone.
    """

    room_id: UUID
    participant_id: UUID
    display_name: str
    role: Role
    admitted: bool = False
    co_located: bool = False
    confirmed: bool = False
    may_admit: bool = False
    may_end: bool = False


@dataclass(frozen=True, slots=True)
class Presented:
    """A ticket a socket came with, when, and the hash of the secret that its page, alone, will resume by."""

    ticket: str
    resume_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who came into a room and has not left it; `order` counts arrivals in the room from 1."""

    admission: Admission
    order: int
    resume_hash: str


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """A line of chat; `id` was minted by its sender, keeping it twice must keep it once."""

    id: UUID
    participant_id: UUID
    display_name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended; `by` is a participant, or None for the program."""

    by: UUID | None
    reason: EndReason
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What the doctor had those who wait told: about so many minutes, counted from `at`."""

    minutes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What those who wait in a room may expect.

    `ahead` counts those the doctor sees before; `minutes` is None where nobody can tell; `is_busy` while the
    doctor is with one of them.
    """

    ahead: int = 0
    minutes: int | None = None
    is_busy: bool = False
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """All that must outlive a restart of the server.

    `epoch` counts how often the room was opened: of two servers the one with the higher epoch owns the room.
    `chat` holds the latest lines, oldest first. `left` says why those went who are members no longer.
    `held_by` is who put the room on hold, `shared_by` whose screen or document is shown; None: nobody.
    """

    room_id: UUID
    epoch: int
    members: tuple[Member, ...] = ()
    chat: tuple[ChatEntry, ...] = ()
    ending: Ending | None = None
    left: Mapping[UUID, LeaveReason] = field(default_factory=dict)
    held_by: UUID | None = None
    shared_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Which server holds the room that a ticket or a kept place leads to.

    `holder` is None where nobody does. `is_fresh` while it said in the last seconds that it lives; asked only
    where it cannot be asked itself.
    """

    room_id: UUID
    holder: UUID | None
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Came in (or came in anew: order and resume_hash replace the older ones).

    `is_same_knock`: whoever waits has loaded the page again, which is no news of theirs.
    """

    participant_id: UUID
    order: int
    resume_hash: str
    admitted: bool
    at: datetime
    is_same_knock: bool = False


@dataclass(frozen=True, slots=True)
class MemberAdmitted:
    """Was let in from the waiting room."""

    participant_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """Is no longer in the room: left, lost, declined, removed or revoked; `by` where somebody did it."""

    participant_id: UUID
    reason: LeaveReason
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatKept:
    """A line of chat was said."""

    entry: ChatEntry


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The call was ended for everybody."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class RoomHeld:
    """The room was put on hold by somebody; None: it goes on."""

    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RoomShared:
    """Somebody shows their screen or a document; None: nobody does any more."""

    by: UUID | None
    at: datetime


Record = MemberJoined | MemberAdmitted | MemberLeft | ChatKept | RoomEnded | RoomHeld | RoomShared


class JotKind(StrEnum):
    """What the journal of a call tells of its lines: the call itself needs nothing of it.

    Whom a call may ring, and who is thought absent, is judged by it.

    `lost` and `returned` are of a line in the call; `away` and `back` of who closed the page, and of the line
    of one who waits: no line of the call failed, but they can be rung.
    """

    LOST = "lost"
    RETURNED = "returned"
    AWAY = "away"
    BACK = "back"
    LEVEL = "level"
    RESTARTED = "restarted"
    RENEWED = "renewed"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Jotting:
    """A line for the journal of a call; `detail` is of the catalogue (a level and why), never free text.

    lost, returned: the line to the server. level: what a line should carry from now on to whom,
    `low:bandwidth:doctor`. picture: the own camera was switched, `on` or `off`.
    restarted, renewed: this participant's way to a peer was looked for anew, on the same connection or
    on another.
    """

    room_id: UUID
    participant_id: UUID
    kind: JotKind
    at: datetime
    detail: str | None = None


class RoomPorts(Protocol):
    """The domain's side of the rooms. Refusals are SignalingError; anything else counts as a fault."""

    def redeem_tickets(self, presented: Sequence[Presented]) -> Mapping[Presented, Admission | Code]:
        """Use tickets up, each once however often it is presented, and note what their pages resume by.

        Or why not: ticket-refused (unknown, used, expired, issued before the one last used by the same
        participant, no longer allowed) or call-over.
        """
        ...

    def find_places(self, resume_hashes: Sequence[str], *, now: datetime) -> Mapping[str, Admission | Code]:
        """Whose kept place each of these is, checked anew for authorization.

        Or why nobody's: seat-taken-over where a later page of the same participant is in the room,
        resume-refused, or call-over.
        """
        ...

    def list_outlooks(self, room_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, Outlook]:
        """What those who wait in these rooms may expect; a room left out has nothing to tell."""
        ...

    def find_holding(self, *, ticket: str | None, resume_hash: str, now: datetime) -> Holding | None:
        """Who holds the room of this ticket, or of this kept place; nothing is used up."""
        ...

    def open_room(
        self, room_id: UUID, *, now: datetime, by: UUID | None = None, over: UUID | None = None
    ) -> RoomFacts:
        """Take the room over: raise its epoch by one and return its facts with the new epoch.

        With `by`, the server that will hold it: room-moved where another than `over` (or itself) holds it.
        """
        ...

    def note_alive(self, node: UUID, *, now: datetime) -> None:
        """This server lives."""
        ...

    def let_go(self, node: UUID) -> None:
        """This server holds no room any more."""
        ...

    def list_abandoned(self, *, now: datetime) -> Sequence[tuple[UUID, UUID | None]]:
        """Rooms in which somebody is by the book and which no server serves; with the holder of each."""
        ...

    def list_stale(self, epochs: Mapping[UUID, int]) -> Sequence[UUID]:
        """Of these rooms those that were opened elsewhere since, or whose call has ended."""
        ...

    def read_room(self, room_id: UUID) -> RoomFacts:
        """The room's facts as they are now."""
        ...

    def record(self, room_id: UUID, epoch: int, records: Sequence[Record], *, now: datetime) -> None:
        """Keep these facts, all or none, and journal them; raises room-moved if `epoch` is not the latest."""
        ...

    def jot(self, jottings: Sequence[Jotting], *, now: datetime) -> None:
        """Append to the journals of calls, of many rooms at once; what cannot be kept may be lost."""
        ...

    def list_revoked(self, participant_ids: Sequence[UUID], *, now: datetime) -> frozenset[UUID]:
        """Those who are no longer allowed in their room (link revoked, sign-in ended, membership closed)."""
        ...

    def list_live_rooms(self) -> Sequence[UUID]:
        """Rooms in which somebody is a member and the call has not ended; opened again after a restart."""
        ...
