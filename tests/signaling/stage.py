"""A room on a stage: people come, speak and go; what each of them is told is written down.

No socket, no clock, no thread: the room is pure, and so is the play.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import TypeVar
from uuid import UUID

from signaling.effects import Close, Effect, Jot, Keep, Send
from signaling.from_client import Hello, ParticipantAdmit
from signaling.from_server import Admitted, Done, Error
from signaling.ice import IceIssuer, IceSettings
from signaling.parts import CloseCode, FromServer, Peer, Role
from signaling.ports import Admission, Jotting, Record, RoomFacts
from signaling.protocol import ClientMessage, ServerMessage, parse_server
from signaling.rooms import Arrival, Room
from tests.support.clock import MONDAY_MORNING

M = TypeVar("M", bound=FromServer)

ROOM_ID = UUID(int=7)
RELAY = IceSettings(turn_urls=("turn:127.0.0.1:3478",), secret="relay-secret")


@cache
def read(text: str) -> ServerMessage:
    """Read what was sent, as a page does; a frame sent to many, or looked at again, once."""
    return parse_server(text)


def admission(name: str, role: Role, **facts: bool) -> Admission:
    """Who comes: doctor and station are let in by their ticket and let others in."""
    is_staff = role in {Role.DOCTOR, Role.STATION}
    rights = {"admitted": is_staff, "may_admit": is_staff, "may_end": is_staff, **facts}
    return Admission(ROOM_ID, UUID(int=int.from_bytes(name.encode()[:8])), name, role, **rights)


DOCTOR = admission("doctor", Role.DOCTOR)
STATION = admission("station", Role.STATION)
PATIENT = admission("patient", Role.PATIENT)
GUEST = admission("guest", Role.GUEST)
CAMERA = admission("camera", Role.PATIENT, co_located=True)


class Stage:
    """Plays one room and keeps what was sent, closed and kept."""

    def __init__(self, facts: RoomFacts | None = None, ice: IceSettings = RELAY) -> None:
        self.now = MONDAY_MORNING
        self.room = Room(facts or RoomFacts(ROOM_ID, epoch=1), IceIssuer(ice), self.now)
        self.heard: dict[UUID, list[FromServer]] = defaultdict(list)
        self.frames: dict[UUID, list[str]] = defaultdict(list)
        self.closed: dict[int, CloseCode] = {}
        self.kept: list[Record] = []
        self.jotted: list[Jotting] = []
        self.effects: list[Effect] = []
        self._sockets = 0
        self._refs = 0

    def come(self, who: Admission, **hello: bool) -> int:
        """Somebody comes with a ticket; returns the number of their socket."""
        arrival = self.arrival(Hello(versions=(1,), ticket="t" * 20, **hello))
        self.play(self.room.join(who, arrival, self.now))
        return arrival.socket

    def come_back(
        self,
        who: Admission,
        *,
        last_seq: int,
        epoch: int = 1,
        secret: str | None = None,
        attempt: int = 0,
    ) -> int:
        """Somebody resumes a dropped socket."""
        resume = secret or self.room.people[who.participant_id].resume or "lost-with-the-server"
        hello = Hello(versions=(1,), resume=resume, epoch=epoch, last_seq=last_seq, attempt=attempt)
        arrival = self.arrival(hello, resume)
        self.play(self.room.resume(who, arrival, self.now))
        return arrival.socket

    def arrival(self, hello: Hello, resume: str | None = None) -> Arrival:
        """A socket with a secret of its own."""
        self._sockets += 1
        secret = resume or f"secret-of-socket-{self._sockets:04}"
        return Arrival(self._sockets, hello, secret, hashlib.sha256(secret.encode()).hexdigest())

    def drop(self, who: Admission, *, on_purpose: bool = False, is_closed: bool = False) -> None:
        """Somebody's socket is gone."""
        socket = self.room.people[who.participant_id].socket
        assert socket is not None
        self.play(self.room.disconnect(socket, self.now, on_purpose=on_purpose, is_closed=is_closed))

    def say(self, who: Admission, message: ClientMessage, *, socket: int | None = None) -> None:
        """Somebody sends a message as it is, on the socket they have unless told otherwise."""
        person = self.room.people.get(who.participant_id)
        number = socket or (person.socket if person else None) or 0
        self.play(self.room.handle(who.participant_id, number, message, self.now))

    def ask(self, who: Admission, message: ClientMessage) -> str | None:
        """Somebody sends a message with a fresh `ref`; returns the code of its refusal, None when done."""
        self._refs += 1
        self.say(who, message.model_copy(update={"ref": self._refs}))
        replies = [one for one in self.heard[who.participant_id] if isinstance(one, Error | Done)]
        (mine,) = [one for one in replies if one.reply_to == self._refs]
        return mine.code.value if isinstance(mine, Error) else None

    def wait(self, seconds: float) -> None:
        """Time passes, and the room is told."""
        self.now += timedelta(seconds=seconds)
        self.play(self.room.tick(self.now))

    def play(self, effects: Sequence[Effect]) -> None:
        """Note what the room wants done."""
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, Send):
                self.heard[effect.to].append(read(effect.text))
                self.frames[effect.to].append(effect.text)
            elif isinstance(effect, Close):
                self.closed[effect.socket] = effect.code
            elif isinstance(effect, Keep):
                self.kept.append(effect.record)
            elif isinstance(effect, Jot):
                self.jotted.append(effect.jotting)

    def told(self, who: Admission, kind: type[M]) -> list[M]:
        """The messages of one kind somebody was sent."""
        return [one for one in self.heard[who.participant_id] if isinstance(one, kind)]

    def peers(self, who: Admission) -> dict[str, Peer]:
        """The others as told at the latest admission."""
        return {peer.name: peer for peer in self.told(who, Admitted)[-1].participants}

    def forget(self) -> None:
        """Look only at what comes next."""
        self.heard.clear()
        self.frames.clear()
        self.kept.clear()
        self.effects.clear()


def three_in_a_call() -> Stage:
    """Doctor, station and an admitted patient, in that order of coming."""
    stage = Stage()
    for who in (DOCTOR, STATION, PATIENT):
        stage.come(who)
    stage.ask(DOCTOR, ParticipantAdmit(participant=PATIENT.participant_id))
    return stage
