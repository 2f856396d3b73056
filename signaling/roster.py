"""Who is in a room, and how each of them hears of what happens. Pure: collects effects, carries out none."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from signaling.effects import Close, Effect, Jot, Keep, Send
from signaling.errors import RETRY, Code, SignalingError
from signaling.from_server import (
    Admitted,
    CallEnded,
    Done,
    Error,
    HoldChanged,
    IceRenewed,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    Refused,
    ShareChanged,
    WaitChanged,
    Waiting,
)
from signaling.ice import IceIssuer
from signaling.participants import Participant
from signaling.parts import (
    VERSION,
    ChatLine,
    CloseCode,
    DoctorState,
    FromServer,
    LeaveReason,
    Level,
    WaitNotice,
    Why,
)
from signaling.ports import (
    Admission,
    ChatEntry,
    Ending,
    JotKind,
    Jotting,
    MemberAdmitted,
    MemberLeft,
    Outlook,
    Record,
    RoomEnded,
    RoomFacts,
    RoomHeld,
    RoomShared,
)
from signaling.protocol import encode
from signaling.rates import Bucket

LIVE_HEARTBEAT: Final = 3
IDLE_HEARTBEAT: Final = 25
MAX_CHAT_LINES: Final = 200
MAX_CHAT_TOLD_CHARS: Final = 16_000
ICE_RENEWED_BEFORE: Final = 5  # renewed when a fifth of its life is left
JOT_RATE: Final = 0.2
JOT_BURST: Final = 60.0
"""Lines of the journal about one participant: a page restarts every 8 s at most, and steps far less often."""


class Roster:
    """The people of one room, its chat and its end; `out` collects what is to be carried out."""

    def __init__(self, facts: RoomFacts, ice: IceIssuer) -> None:
        self.room_id = facts.room_id
        self.epoch = facts.epoch
        self.ending: Ending | None = facts.ending
        self.is_moved = False
        self.people: dict[UUID, Participant] = {}
        self.chat: OrderedDict[UUID, ChatEntry] = OrderedDict((entry.id, entry) for entry in facts.chat)
        self.ice = ice
        self.outlook = Outlook()
        self.held_by = facts.held_by
        self.shared_by = facts.shared_by
        self.out: list[Effect] = []
        self._journals: dict[UUID, Bucket] = {}
        self.is_retimed = False
        """Somebody was told of another heartbeat; taken back by whoever has seen to it."""

    @property
    def is_over(self) -> bool:
        """The call has ended."""
        return self.ending is not None

    def require_live(self) -> None:
        """Raise call-over or room-moved where nobody may come in any more."""
        if self.is_over:
            raise SignalingError(Code.CALL_OVER)
        if self.is_moved:
            raise SignalingError(Code.ROOM_MOVED)

    def keep(self, record: Record) -> None:
        """Have a fact kept before what follows is seen."""
        self.out.append(Keep(record))

    def jot(self, person: Participant, kind: JotKind, now: datetime, detail: str | None = None) -> None:
        """Have the journal tell how somebody's line fared; nothing waits for it.

        Who goes to and fro faster than any line does is told of no more: a journal is read by people.
        """
        at = now.timestamp()
        if person.id not in self._journals:
            self._journals[person.id] = Bucket.full(JOT_RATE, JOT_BURST, at)
        if not self._journals[person.id].draw(1, at):
            return
        self.out.append(Jot(Jotting(self.room_id, person.id, kind, now, detail)))

    @property
    def level_before(self) -> Level | None:
        """What the journal holds where nothing was told here: unknown (None) once another server was here."""
        return Level.HIGH if self.epoch == 1 else None

    def jot_level(self, by: Participant, peer: Participant, told: tuple[Level, Why], now: datetime) -> None:
        """Have the journal tell what a line carries from now on, and why, to whom."""
        by.journaled[peer.id] = told
        self.jot(by, JotKind.LEVEL, now, ":".join((*told, peer.admission.role)))

    def jot_picture(self, person: Participant, before: bool, now: datetime) -> None:
        """Have the journal tell that somebody's camera is no longer as it was."""
        if person.video is not before:
            self.jot(person, JotKind.PICTURE, now, "on" if person.video else "off")

    def say(self, person: Participant, message: FromServer) -> None:
        """A numbered message: sent if the line is up, replayed if it is not."""
        self.say_to((person,), message)

    def say_to(self, people: Iterable[Participant], message: FromServer) -> None:
        """The same to several, encoded once."""
        encoded = encode(message)
        for person in people:
            text = person.log.add(encoded)
            if person.socket is not None:
                self.out.append(Send(person.socket, person.id, text))

    def tell(self, person: Participant, message: FromServer) -> None:
        """An unnumbered message: for this socket, now or never."""
        if person.socket is not None:
            self.out.append(Send(person.socket, person.id, encode(message)))

    def close(self, person: Participant, code: CloseCode) -> None:
        """Close the participant's socket, after what was said before."""
        if person.socket is not None:
            self.out.append(Close(person.socket, person.id, code))
            person.socket = None

    def answer(self, person: Participant, ref: int | None, code: Code | None) -> None:
        """Tell the sender how its message ended; before admission there is nothing but errors."""
        if code is not None:
            error = Error(code=code, reply_to=ref, retry=code in RETRY)
            (self.say if person.is_admitted else self.tell)(person, error)
        elif ref is not None and person.is_admitted:
            self.say(person, Done(reply_to=ref))

    def audience(self, person: Participant) -> list[Participant]:
        """Who may know of this participant: those in the call; of one who waits, only who may admit."""
        others = [one for one in self.people.values() if one is not person and one.is_admitted]
        return others if person.is_admitted else [one for one in others if one.may_admit]

    def announce(
        self,
        person: Participant,
        change: type[ParticipantJoined] | type[ParticipantChanged] = ParticipantJoined,
    ) -> None:
        """Tell the others how this participant stands now, each from its own side."""
        for other in self.audience(person):
            self.say(other, change(participant=person.seen_by(other)))

    def heartbeat(self, person: Participant) -> int:
        """Seconds between pings: short while somebody else is in the call."""
        is_live = person.is_admitted and any(
            one.is_admitted for one in self.people.values() if one is not person
        )
        return LIVE_HEARTBEAT if is_live else IDLE_HEARTBEAT

    def retime(self, person: Participant) -> int:
        """Note that a participant is told how often to ping; returns the seconds."""
        seconds = self.heartbeat(person)
        self.is_retimed = self.is_retimed or seconds != person.told_heartbeat
        person.told_heartbeat = seconds
        return seconds

    @property
    def has_doctor(self) -> bool:
        """A doctor is in the call, with the line up."""
        return any(one.is_admitted and one.is_doctor and one.socket for one in self.people.values())

    def waits(self, person: Participant) -> bool:
        """Not let in yet, or in the call before its doctor."""
        return not person.is_admitted or not (person.is_doctor or self.has_doctor)

    def wait_of(self, person: Participant) -> WaitChanged | None:
        """What somebody who waits for the doctor may expect; names nobody."""
        if not self.waits(person):
            return None
        outlook, notice = self.outlook, self.outlook.notice
        absent = DoctorState.BUSY if outlook.is_busy else DoctorState.AWAY
        return WaitChanged(
            place=outlook.ahead + 1,
            minutes=outlook.minutes,
            doctor=DoctorState.HERE if self.has_doctor else absent,
            notice=WaitNotice(minutes=notice.minutes, at=notice.at) if notice else None,
        )

    def welcome(self, person: Participant, *, is_resumed: bool) -> None:
        """Answer `hello`; what there is to wait for follows when the turn settles."""
        person.told_wait = None
        self.is_retimed = True  # the socket is a new one
        self.tell(
            person,
            Waiting(
                self_=person.id,
                version=VERSION,
                resume=person.resume or "",
                epoch=self.epoch,
                resumed=is_resumed,
                heartbeat_seconds=self.retime(person),
                place=0 if person.is_admitted else self.outlook.ahead + 1,
            ),
        )

    def say_admitted(self, person: Participant, now: datetime) -> None:
        """The whole state of the call, for one who comes into it."""
        seen = [one for one in self.people.values() if person in self.audience(one)]
        person.levels.clear()  # a change may be among what was missed: the next report tells all
        for one in seen:
            one.levels.pop(person.id, None)
        person.ice_until = now + self.ice.lifetime
        self.say(
            person,
            Admitted(
                role=person.admission.role,
                co_located=person.admission.co_located,
                may_admit=person.admission.may_admit,
                may_end=person.admission.may_end,
                heartbeat_seconds=self.retime(person),
                participants=tuple(one.seen_by(person) for one in seen),
                ice_servers=self.ice.issue(person.id, now),
                relay_only=self.ice.relay_only,
                chat=self._chat_told(),
                held_by=self.held_by,
                shared_by=self.shared_by,
            ),
        )

    def admit(self, person: Participant, by: UUID | None, now: datetime) -> None:
        """Let one who waits into the call; `by` is None when it was decided, and kept, elsewhere."""
        if by is not None:
            self.keep(MemberAdmitted(person.id, by, now))
        knew = self.audience(person)
        person.is_admitted = True
        self.say_admitted(person, now)
        for other in self.audience(person):
            change = ParticipantChanged if other in knew else ParticipantJoined
            self.say(other, change(participant=person.seen_by(other)))

    def leave(
        self,
        person: Participant,
        reason: LeaveReason,
        by: UUID | None,
        now: datetime,
        *,
        is_kept: bool = False,
    ) -> None:
        """Take a participant out of the room and tell those who knew of them."""
        if not is_kept:
            self.keep(MemberLeft(person.id, reason, by, now))
        audience = self.audience(person)
        del self.people[person.id]
        for other in audience:
            other.offered.pop(person.id, None)
            other.levels.pop(person.id, None)
        self.say_to(audience, ParticipantLeft(participant=person.id, reason=reason))
        self.let_go(person, now, is_replaced=reason is LeaveReason.REPLACED)

    def hold(self, by: UUID | None, now: datetime) -> None:
        """Put station and patient on hold, or (None) let the call go on."""
        if (self.held_by is None) != (by is None):
            self.held_by = by
            self.keep(RoomHeld(by, now))
            self.say_to(self._admitted(), HoldChanged(by=by))

    def share(self, by: UUID | None, now: datetime) -> None:
        """Somebody shows a screen or a document, or (None) nobody does."""
        if self.shared_by != by:
            self.shared_by = by
            self.keep(RoomShared(by, now))
            self.say_to(self._admitted(), ShareChanged(by=by))

    def let_go(self, person: Participant, now: datetime, *, is_replaced: bool = False) -> None:
        """Nobody stays on hold by one who is gone; a page opened anew still holds, but shows nothing."""
        if self.held_by == person.id and not is_replaced:
            self.hold(None, now)
        if self.shared_by == person.id:
            self.share(None, now)

    def recast(self, person: Participant, admission: Admission, now: datetime) -> None:
        """Somebody's part in the call is another from now on; they and all others are told."""
        was_doctor = person.is_doctor
        person.admission = replace(admission, admitted=person.is_admitted)
        if was_doctor and not person.is_doctor:
            self.let_go(person, now)
        for other in self.people.values():
            if person.id in other.journaled:  # as what they are now, too: the journal knows parts, not people
                self.jot_level(other, person, other.journaled[person.id], now)
        if person.is_admitted:
            self.say_admitted(person, now)
        self.announce(person, ParticipantChanged)

    def expel(
        self,
        person: Participant,
        reason: LeaveReason,
        by: UUID | None,
        now: datetime,
        *,
        is_kept: bool = False,
    ) -> None:
        """Send somebody out: they are told no more than that, and their socket is closed."""
        self.leave(person, reason, by, now, is_kept=is_kept)
        code = Code.CALL_MOVED if reason is LeaveReason.MOVED else Code.REMOVED_FROM_ROOM
        self.tell(person, Refused(code=code, retry=False))
        self.close(person, CloseCode.REMOVED)

    def end(self, ending: Ending, *, is_kept: bool = False) -> None:
        """End the call; everybody is told when this turn settles."""
        self.ending = ending
        if not is_kept:
            self.keep(RoomEnded(ending))

    def needs_ice(self, person: Participant, now: datetime) -> bool:
        """The TURN credential of one in the call is about to expire."""
        if not (self.ice.has_relay and person.is_admitted and person.ice_until is not None):
            return False
        return person.ice_until - now <= self.ice.lifetime / ICE_RENEWED_BEFORE

    def renew_ice(self, person: Participant, now: datetime) -> None:
        """Give fresh TURN credentials."""
        person.ice_until = now + self.ice.lifetime
        self.say(person, IceRenewed(ice_servers=self.ice.issue(person.id, now)))

    def settle(self) -> list[Effect]:
        """Close the turn: tell of the end, of a changed wait and heartbeat; return all effects."""
        if self.ending is not None:
            self._disperse(self.ending)
        for person in self.people.values():
            if person.socket is None:
                continue
            wait = self.wait_of(person)
            if person.told_wait != wait:
                person.told_wait = wait
                if wait is not None:
                    self.tell(person, wait)
            if person.told_heartbeat != self.heartbeat(person):
                self.tell(person, Pong(reply_to=None, heartbeat_seconds=self.retime(person)))
        return self.take_effects()

    def take_effects(self) -> list[Effect]:
        """Hand over what was collected."""
        effects, self.out = self.out, []
        return effects

    def _disperse(self, ending: Ending) -> None:
        for person in self.people.values():
            if person.is_admitted:
                self.say(person, CallEnded(by=ending.by, reason=ending.reason))
            else:
                self.tell(person, CallEnded(by=None, reason=ending.reason))
            self.close(person, CloseCode.NORMAL)
        self.people.clear()

    def _admitted(self) -> list[Participant]:
        return [one for one in self.people.values() if one.is_admitted]

    def _chat_told(self) -> tuple[ChatLine, ...]:
        """The latest lines that fit into one message."""
        lines: list[ChatLine] = []
        room = MAX_CHAT_TOLD_CHARS
        for entry in reversed(self.chat.values()):
            room -= len(entry.text)
            if room < 0:
                break
            lines.append(chat_line(entry))
        return tuple(reversed(lines))


def chat_line(entry: ChatEntry) -> ChatLine:
    """A line of chat as it is shown."""
    return ChatLine(
        id=entry.id, from_=entry.participant_id, name=entry.display_name, text=entry.text, at=entry.at
    )
