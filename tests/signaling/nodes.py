"""Servers without sockets, threads or clocks: rooms over facts they share, effects carried out at once.

What a hub does with an event loop is done here step by step, so that a test decides what happens in
which order: which frame arrives when, which wake-up is late or lost, which server dies. The rooms are real.
"""

import hashlib
import itertools
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from signaling.effects import Effect, Jot, Keep, Send
from signaling.errors import RETRY, Code, SignalingError
from signaling.from_client import Hello
from signaling.from_server import Refused
from signaling.ice import IceIssuer
from signaling.parts import CloseCode
from signaling.ports import Presented
from signaling.protocol import encode, parse
from signaling.rooms import Arrival, Room
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import RELAY

_numbers = itertools.count(1)


class Wire:
    """One socket: what is on its way in each direction, and who has given it up."""

    def __init__(self, node: "Node") -> None:
        self.number = next(_numbers)
        self.node = node
        self.to_server: deque[str] = deque()
        self.to_client: deque[str | CloseCode] = deque()
        self.participant: UUID | None = None
        self.room: Room | None = None
        self.is_given_up = False  # by the page: nothing more is read, what was said still arrives
        self.is_shut = False  # by the server
        self.is_gone = False  # the server has noticed

    def carry(self) -> None:
        """Let the next frame arrive at the server, or the news that nobody is there any more."""
        if self.to_server:
            self.node.receive(self, self.to_server.popleft())
        elif self.is_given_up or self.is_shut:
            self.node.lose(self)


class Node:
    """One server process."""

    def __init__(self, ports: MemoryPorts, backplane: list["Node"]) -> None:
        self.ports = ports
        self.rooms: dict[UUID, Room] = {}
        self.wires: dict[int, Wire] = {}
        self.wakes: deque[UUID] = deque()
        self.now: datetime
        self._backplane = backplane
        backplane.append(self)

    def accept(self) -> Wire:
        """A socket was opened."""
        wire = Wire(self)
        self.wires[wire.number] = wire
        return wire

    def receive(self, wire: Wire, frame: str) -> None:
        """A frame arrived."""
        if wire.is_shut or wire.number not in self.wires:
            return
        message = parse(frame)
        if wire.room is not None and wire.participant is not None:
            self._play(wire.room, wire.room.handle(wire.participant, wire.number, message, self.now))
        elif isinstance(message, Hello):
            try:
                self._enter(wire, message)
            except SignalingError as error:
                code = error.signal_code
                wire.to_client.append(encode(Refused(code=code, retry=code in RETRY)))
                self._shut(wire, CloseCode.REFUSED)

    def lose(self, wire: Wire) -> None:
        """The server notices that a socket is gone."""
        wire.is_gone = wire.is_shut = True
        if self.wires.pop(wire.number, None) is not None and wire.room is not None:
            self._play(wire.room, wire.room.disconnect(wire.number, self.now, on_purpose=False))

    def wake(self) -> None:
        """Read the facts of the room of the oldest wake-up."""
        if self.wakes and (room := self.rooms.get(self.wakes.popleft())) is not None:
            known = room.orders()
            self._play(room, room.refresh(self.ports.read_room(room.room_id), known, self.now))

    def tick(self) -> None:
        """Let time pass."""
        for room in list(self.rooms.values()):
            if not room.is_moved:
                self._play(room, room.tick(self.now))
            if room.is_moved or room.is_empty:
                del self.rooms[room.room_id]

    def die(self) -> None:
        """The process is killed: all it knew is gone, sockets break."""
        for wire in self.wires.values():
            wire.is_shut = wire.is_gone = True
            wire.to_client.append(CloseCode.SERVER_ERROR)
        self.rooms.clear()
        self.wires.clear()
        self.wakes.clear()

    def _enter(self, wire: Wire, hello: Hello) -> None:
        secret = hello.resume or f"secret-of-wire-{wire.number:06}"
        known = hashlib.sha256(secret.encode()).hexdigest()
        if hello.ticket is not None:
            presented = Presented(hello.ticket, known, self.now)
            found = self.ports.redeem_tickets([presented])[presented]
        else:
            found = self.ports.find_places([known], now=self.now)[known]
        if isinstance(found, Code):
            raise SignalingError(found)
        admission = found
        room = self._open(admission.room_id)
        come_in = room.join if hello.ticket is not None else room.resume
        arrival = Arrival(wire.number, hello, secret, known)
        effects = come_in(admission, arrival, self.now)
        wire.room, wire.participant = room, admission.participant_id
        self._play(room, effects)

    def _open(self, room_id: UUID) -> Room:
        room = self.rooms.get(room_id)
        if room is None or room.is_moved:
            facts = self.ports.open_room(room_id, now=self.now)
            room = self.rooms[room_id] = Room(facts, IceIssuer(RELAY), self.now)
            for node in self._backplane:
                node.wakes.append(room_id)
        return room

    def _play(self, room: Room, effects: Sequence[Effect]) -> None:
        try:
            for effect in effects:
                self._carry_out(room, effect)
        except SignalingError as error:
            if error.signal_code is not Code.ROOM_MOVED:
                raise
            for effect in room.abandon(error.signal_code, CloseCode.RESTART):
                self._carry_out(room, effect)

    def _carry_out(self, room: Room, effect: Effect) -> None:
        if isinstance(effect, Keep):
            self.ports.record(room.room_id, room.epoch, [effect.record], now=self.now)
        elif isinstance(effect, Jot) or (wire := self.wires.get(effect.socket)) is None or wire.is_shut:
            return
        elif isinstance(effect, Send):
            wire.to_client.append(effect.text)
        else:
            self._shut(wire, effect.code)

    def _shut(self, wire: Wire, code: CloseCode) -> None:
        wire.is_shut = True
        wire.to_client.append(code)
