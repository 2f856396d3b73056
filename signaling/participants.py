"""One participant of a room as the room sees it: state, message numbers, and what must be replayed."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from signaling.errors import Code
from signaling.from_server import WaitChanged
from signaling.parts import Level, Peer, Presence, Role, Why
from signaling.ports import Admission
from signaling.protocol import number

# A little less than a socket's queue holds, so that a whole replay fits into it.
MAX_KEPT_MESSAGES: Final = 60
MAX_KEPT_BYTES: Final = 240_000
MAX_OUTCOMES: Final = 64


@dataclass(slots=True)
class Log:
    """The messages sent to a participant and not yet acknowledged, the oldest dropped first.

    Kept as text: thousands of live models would be walked again and again by the garbage collector, and every
    call stood still meanwhile (90 ms at a thousand rooms).
    """

    seq: int = 0
    kept: deque[tuple[int, str]] = field(default_factory=deque)
    kept_bytes: int = 0

    def add(self, encoded: str) -> str:
        """Number a message and keep it; returns its text with the number."""
        self.seq += 1
        text = number(encoded, self.seq)
        self.kept.append((self.seq, text))
        self.kept_bytes += len(text)
        while len(self.kept) > MAX_KEPT_MESSAGES or self.kept_bytes > MAX_KEPT_BYTES:
            self._drop_oldest()
        return text

    def acknowledge(self, seq: int) -> None:
        """Forget what has arrived."""
        while self.kept and self.kept[0][0] <= seq:
            self._drop_oldest()

    def after(self, seq: int) -> list[str] | None:
        """What follows `seq`, in order; None when that is no longer known."""
        oldest = self.kept[0][0] if self.kept else self.seq + 1
        if not oldest - 1 <= seq <= self.seq:
            return None
        return [text for at, text in self.kept if at > seq]

    def _drop_oldest(self) -> None:
        self.kept_bytes -= len(self.kept.popleft()[1])


@dataclass(slots=True)
class Participant:
    """A seat in the room. `socket` is None while the line is down, and then `absent_since` is set.

    `levels` is what everybody was told they send whom, `journaled` what the journal was and why: it outlives
    the page it goes to. `has_closed`: their page said that it goes away (closed, or loaded anew): no line
    failed.
    """

    admission: Admission
    order: int
    resume_hash: str
    is_admitted: bool
    resume: str | None = None
    socket: int | None = None
    attempt: int = 0
    absent_since: datetime | None = None
    has_closed: bool = False
    audio: bool = True
    video: bool = True
    detail: bool = False
    levels: dict[UUID, Level] = field(default_factory=dict)
    journaled: dict[UUID, tuple[Level, Why]] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    outcomes: OrderedDict[int, Code | None] = field(default_factory=OrderedDict)
    offered: dict[UUID, str] = field(default_factory=dict)
    ice_until: datetime | None = None
    told_wait: WaitChanged | None = None
    told_heartbeat: int | None = None

    @property
    def id(self) -> UUID:
        """The participant's id, the same for every coming and going."""
        return self.admission.participant_id

    @property
    def may_admit(self) -> bool:
        """In the call, and allowed to let others in: sees who waits."""
        return self.is_admitted and self.admission.may_admit

    @property
    def is_doctor(self) -> bool:
        """The one whom the others wait for."""
        return self.admission.role is Role.DOCTOR

    @property
    def presence(self) -> Presence:
        """Where this participant stands, as others are told."""
        is_here = self.socket is not None
        if not self.is_admitted:
            return Presence.WAITING if is_here else Presence.AWAY
        return Presence.PRESENT if is_here else Presence.ABSENT

    def offers_to(self, other: "Participant") -> bool:
        """Of two the one who came later makes the offers (decision 10)."""
        return self.order > other.order

    def seen_by(self, other: "Participant") -> Peer:
        """This participant as `other` is told of it."""
        other_offers = other.offers_to(self)
        return Peer(
            id=self.id,
            name=self.admission.display_name,
            role=self.admission.role,
            state=self.presence,
            co_located=self.admission.co_located,
            confirmed=self.admission.confirmed,
            audio=self.audio,
            video=self.video,
            detail=self.detail,
            offers=other_offers,
            polite=not other_offers,
            closed=self.has_closed,
        )

    def set_tracks(self, audio: bool, video: bool) -> None:
        """Note what is on; the sound of a co-located phone is off whatever it says."""
        self.audio = audio and not self.admission.co_located
        self.video = video

    def note_outcome(self, ref: int, code: Code | None) -> None:
        """Remember how the message `ref` ended, so that its repetition is answered and not carried out."""
        self.outcomes[ref] = code
        while len(self.outcomes) > MAX_OUTCOMES:
            self.outcomes.popitem(last=False)
