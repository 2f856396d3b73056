"""The room: decides what follows from each coming, going and message.

Pure: time is passed in, effects are returned. A room belongs to one thread; it holds no socket, reads no
clock, and does nothing remote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from signaling.acts import act
from signaling.effects import Effect, Send
from signaling.errors import RETRY, Code, SignalingError
from signaling.from_client import CallEnd, Hello, ParticipantAdmit, ParticipantRemove
from signaling.from_server import Error, ParticipantChanged, ParticipantJoined, Refused, RoomEpoch
from signaling.ice import IceIssuer
from signaling.participants import Participant
from signaling.parts import MAX_ADMITTED, CloseCode, LeaveReason
from signaling.ports import Admission, JotKind, MemberJoined, Outlook, RoomFacts
from signaling.protocol import ClientMessage
from signaling.roster import IDLE_HEARTBEAT, Roster

PLACE_KEPT: Final = timedelta(seconds=120)
MAX_WAITING: Final = 4
STIRRING: Final = frozenset({ParticipantAdmit, ParticipantRemove, CallEnd})
"""Messages that change who is in the call: only after them anybody's wait or heartbeat may be another."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A socket that said `hello`: its number, its secret to resume with and that secret's hash."""

    socket: int
    hello: Hello
    resume: str
    resume_hash: str


class Room(Roster):
    """One call. Every public method returns the effects to carry out, in order."""

    def __init__(self, facts: RoomFacts, ice: IceIssuer, now: datetime) -> None:
        """Open the room from its facts: members who were in it are absent until they resume."""
        super().__init__(facts, ice)
        for member in facts.members:
            self.people[member.admission.participant_id] = Participant(
                admission=member.admission,
                order=member.order,
                resume_hash=member.resume_hash,
                is_admitted=member.admission.admitted,
                absent_since=now,
            )
        self.last_order = max((member.order for member in facts.members), default=0)

    def join(self, admission: Admission, arrival: Arrival, now: datetime) -> list[Effect]:
        """Somebody came with a ticket. Raises call-over, room-full; takes an older seat of theirs over."""
        older = self.people.get(admission.participant_id)
        is_admitted = admission.admitted or (older is not None and older.is_admitted)
        self._require_room(older, is_admitted)
        waited = older is not None and not is_admitted
        was_away = waited and older is not None and older.absent_since is not None
        if older is not None:
            self._replace(older, now, is_same_knock=waited)
        self.last_order += 1
        newcomer = Participant(
            admission=admission,
            order=self.last_order,
            resume_hash=arrival.resume_hash,
            is_admitted=is_admitted,
            resume=arrival.resume,
            socket=arrival.socket,
            attempt=arrival.hello.attempt,
        )
        newcomer.set_tracks(arrival.hello.audio, arrival.hello.video)
        self.people[newcomer.id] = newcomer
        came = MemberJoined(newcomer.id, newcomer.order, newcomer.resume_hash, is_admitted, now, waited)
        self.keep(came)
        if was_away:  # the same knock: the journal tells of no other
            self.jot(newcomer, JotKind.BACK, now)
        self.jot_picture(newcomer, older.video if older is not None and waited else True, now)
        self.welcome(newcomer, is_resumed=False)
        if is_admitted:
            self.say_admitted(newcomer, now)
        self.announce(newcomer, ParticipantChanged if waited else ParticipantJoined)
        return self.settle()

    def resume(self, admission: Admission, arrival: Arrival, now: datetime) -> list[Effect]:
        """A dropped socket is back; `admission` is read anew.

        Raises call-over, resume-refused, and connection-stale for one that a later socket has overtaken.
        """
        self.require_live()
        person = self.people.get(admission.participant_id)
        if person is None or person.resume_hash != arrival.resume_hash:
            raise SignalingError(Code.RESUME_REFUSED)
        if arrival.hello.attempt < person.attempt:
            raise SignalingError(Code.CONNECTION_STALE)
        if person.socket is not None:
            self.close(person, CloseCode.TAKEN_OVER)
        was_absent = person.absent_since is not None
        has_lost_line, person.has_closed = person.is_admitted and not person.has_closed, False
        is_recast = is_other_part(person.admission, admission)
        is_recognised = admission.confirmed and not person.admission.confirmed
        if not is_recast:
            person.admission = replace(admission, admitted=person.is_admitted)
        person.resume, person.socket, person.absent_since = arrival.resume, arrival.socket, None
        person.attempt = arrival.hello.attempt
        tracks = (person.audio, person.video)
        person.set_tracks(arrival.hello.audio, arrival.hello.video)
        self.jot_picture(person, tracks[1], now)
        self._catch_up(person, arrival.hello, now)
        if was_absent:
            self.jot(person, JotKind.RETURNED if has_lost_line else JotKind.BACK, now)
        if is_recast:
            self.recast(person, admission, now)
        elif was_absent or is_recognised or tracks != (person.audio, person.video):
            self.announce(person, change=ParticipantChanged)
        return self.settle()

    def disconnect(
        self, socket: int, now: datetime, *, on_purpose: bool, is_closed: bool = False
    ) -> list[Effect]:
        """A socket is gone: on purpose is leaving, otherwise the place is kept.

        `is_closed`: the page was closed or is loaded anew. Where nobody comes back from it they have
        left, and the journal tells of no lost line: it was none.
        """
        person = next((one for one in self.people.values() if one.socket == socket), None)
        if person is None:
            return []
        person.socket, person.has_closed = None, is_closed
        if on_purpose:
            self.leave(person, LeaveReason.LEFT, None, now)
        else:
            person.absent_since = now
            has_lost_line = person.is_admitted and not is_closed
            self.jot(person, JotKind.LOST if has_lost_line else JotKind.AWAY, now)
            self.announce(person, change=ParticipantChanged)
        return self.settle()

    def handle(self, sender: UUID, socket: int, message: ClientMessage, now: datetime) -> list[Effect]:
        """Carry out one message of a participant; one repeated (same `ref`) is only answered.

        What still comes from a socket whose seat was taken over has no effect.
        """
        person = self._seated(sender, socket)
        if person is None or self.is_over or self.is_moved:
            return []
        if message.ref is not None and message.ref in person.outcomes:
            self.answer(person, message.ref, person.outcomes[message.ref])
            return self.settle()
        code = act(self, person, message, now)
        if message.ref is not None and message.type != "ping":
            person.note_outcome(message.ref, code)
            self.answer(person, message.ref, code)
        elif code is not None:
            self.answer(person, None, code)
        return self.settle() if type(message) in STIRRING else self.take_effects()

    def complain(self, sender: UUID, socket: int, code: Code, ref: int | None) -> list[Effect]:
        """A frame that could not be read: say so, unnumbered, to its sender alone."""
        person = self._seated(sender, socket)
        if person is not None:
            self.tell(person, Error(code=code, reply_to=ref, retry=code in RETRY))
        return self.settle()

    def tick(self, now: datetime, *, is_cut_off: bool = False) -> list[Effect]:
        """Let time pass: places lapse, TURN credentials are renewed.

        While other servers are out of reach nobody's place lapses: whoever is absent may be at one of them.
        """
        for person in list(self.people.values()):
            if person.absent_since is not None and is_cut_off:
                person.absent_since = now
            elif person.absent_since is not None and now - person.absent_since >= PLACE_KEPT:
                self.leave(person, LeaveReason.LEFT if person.has_closed else LeaveReason.LOST, None, now)
            elif person.socket is not None and self.needs_ice(person, now):
                self.renew_ice(person, now)
        return self.settle()

    def revoke(self, participant_ids: frozenset[UUID], now: datetime) -> list[Effect]:
        """These are no longer allowed here: out at once."""
        for participant_id in participant_ids:
            if (person := self.people.get(participant_id)) is not None:
                self.expel(person, LeaveReason.REVOKED, None, now)
        return self.settle()

    def refresh(self, facts: RoomFacts, known: Mapping[UUID, int], now: datetime) -> list[Effect]:
        """The facts were changed elsewhere (an API call, another server): follow them.

        `known` are the members (with their order) kept before `facts` was read; others are too new to judge.
        """
        if self.is_over or self.is_moved:
            return []
        if facts.epoch > self.epoch:
            return self.abandon(Code.ROOM_MOVED, CloseCode.RESTART)
        if facts.ending is not None:
            self.end(facts.ending, is_kept=True)
            return self.settle()
        admissions = {member.admission.participant_id: member.admission for member in facts.members}
        for person in list(self.people.values()):
            if known.get(person.id) != person.order:
                continue
            admission = admissions.get(person.id)
            if admission is None:
                reason = facts.left.get(person.id, LeaveReason.REMOVED)
                self.expel(person, reason, None, now, is_kept=True)
                continue
            if is_other_part(person.admission, admission):
                self.recast(person, admission, now)
            elif admission.confirmed and not person.admission.confirmed:
                person.admission = replace(person.admission, confirmed=True)
                self.announce(person, ParticipantChanged)
            if admission.admitted and not person.is_admitted:
                self.admit(person, None, now)
        return self.settle()

    def look_ahead(self, outlook: Outlook) -> list[Effect]:
        """What those who wait may expect has changed."""
        if self.is_over or self.is_moved:
            return []
        self.outlook = outlook
        return self.settle()

    def abandon(self, code: Code, close: CloseCode) -> list[Effect]:
        """This server can no longer serve the room: everybody is sent to connect again."""
        self.is_moved = True
        for person in self.people.values():
            self.tell(person, Refused(code=code, retry=code in RETRY))
            self.close(person, close)
        return self.take_effects()

    def orders(self) -> dict[UUID, int]:
        """Who is in the room, and as which arrival."""
        return {person.id: person.order for person in self.people.values()}

    def heartbeats(self) -> dict[int, int]:
        """For each connected socket, the seconds its participant was told to ping within."""
        return {
            person.socket: person.told_heartbeat or IDLE_HEARTBEAT
            for person in self.people.values()
            if person.socket is not None
        }

    @property
    def is_empty(self) -> bool:
        """Nobody is here, nor has a place kept."""
        return not self.people

    @property
    def is_waited_in(self) -> bool:
        """Somebody with the line up waits for the doctor."""
        return any(one.socket is not None and self.waits(one) for one in self.people.values())

    def _seated(self, sender: UUID, socket: int) -> Participant | None:
        person = self.people.get(sender)
        return person if person is not None and person.socket == socket else None

    def _require_room(self, older: Participant | None, is_admitted: bool) -> None:
        self.require_live()
        others = [one for one in self.people.values() if one is not older and one.is_admitted == is_admitted]
        if len(others) >= (MAX_ADMITTED if is_admitted else MAX_WAITING):
            raise SignalingError(Code.ROOM_FULL)

    def _replace(self, older: Participant, now: datetime, *, is_same_knock: bool) -> None:
        """The same person came in from another page; the seat's new MemberJoined replaces the older one.

        Who waits and loads the page again goes on knocking: nobody hears of a leaving.
        """
        self.tell(older, Refused(code=Code.SEAT_TAKEN_OVER, retry=False))
        self.close(older, CloseCode.TAKEN_OVER)
        if is_same_knock:
            del self.people[older.id]
        else:
            self.leave(older, LeaveReason.REPLACED, None, now, is_kept=True)

    def _catch_up(self, person: Participant, hello: Hello, now: datetime) -> None:
        """Replay what was missed, or where that is not possible tell the whole state afresh."""
        is_same_epoch = hello.epoch == self.epoch
        missed = person.log.after(hello.last_seq) if is_same_epoch else None
        self.welcome(person, is_resumed=missed is not None)
        if not person.is_admitted:
            return
        if missed is None:
            person.log.acknowledge(person.log.seq)
            if not is_same_epoch:
                self.say(person, RoomEpoch(epoch=self.epoch))
            self.say_admitted(person, now)
            return
        person.log.acknowledge(hello.last_seq)
        self.out += [Send(person.socket or 0, person.id, text) for text in missed]
        if self.ice.has_relay:
            self.renew_ice(person, now)


def is_other_part(one: Admission, other: Admission) -> bool:
    """Whether two admissions of the same participant differ in role, name or rights."""
    return replace(one, admitted=other.admitted, confirmed=other.confirmed) != other
