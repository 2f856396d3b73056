"""A page of a call by what PROTOCOL.md asks of one, without a browser: line, roster and negotiation.

It checks as it hears: numbers rise by one through every resume, nothing of the call comes before admission.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from signaling.errors import Code
from signaling.from_client import ChatSend, Hello, MediaAnswer, MediaOffer
from signaling.from_server import (
    Admitted,
    CallEnded,
    Done,
    Error,
    MediaAnswered,
    MediaOffered,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Refused,
    Waiting,
)
from signaling.parts import CloseCode, FromClient, FromServer, Peer, Presence
from signaling.ports import Admission
from signaling.protocol import BEFORE_ADMISSION, encode, parse_server
from tests.signaling.nodes import Node, Wire

NEW_TICKETS = 3
MAX_RESTARTS = 3
FINAL_CLOSES = {CloseCode.NORMAL, CloseCode.TAKEN_OVER, CloseCode.REMOVED}
KNOCKING = {Presence.WAITING, Presence.AWAY}

_names = itertools.count(1)


@dataclass
class Link:
    """The connection to one peer: its name, the description in force, whether an answer is awaited."""

    name: str = ""
    sdp: str = ""
    is_offering: bool = False
    is_broken: bool = False
    restarts: int = 0


@dataclass
class Page:
    """One loaded page of one person."""

    who: Admission
    wire: Wire | None = None
    resume: str | None = None
    epoch: int = 0
    last_seq: int = 0
    attempt: int = 0
    tickets_left: int = NEW_TICKETS
    is_up: bool = False
    is_admitted: bool = False
    is_finished: bool = False
    is_replaced: bool = False  # finished, as another page of the same person came in
    peers: dict[UUID, Peer] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)
    outbox: dict[int, FromClient] = field(default_factory=dict)
    done: list[FromClient] = field(default_factory=list)
    _refs: int = 0
    _is_afresh: bool = True
    _refused: Refused | None = None

    def connect(self, node: Node) -> None:
        """Open a socket, giving up the one there may be."""
        self.give_up()
        if self.is_finished:
            return
        self.attempt += 1
        proof: dict[str, Any] = {"resume": self.resume, "epoch": self.epoch, "last_seq": self.last_seq}
        if self.resume is None:
            proof = {"ticket": node.ports.issue_ticket(self.who, now=node.now)}
        self.wire = node.accept()
        self.wire.to_server.append(encode(Hello(versions=(1,), attempt=self.attempt, **proof)))

    def give_up(self) -> None:
        """Nothing more is heard on this socket; what was said on it may still arrive."""
        if self.wire is not None:
            self.wire.is_given_up = True
        self.wire, self.is_up, self._refused = None, False, None

    def listen(self) -> None:
        """Hear the next frame."""
        if self.wire is None or not self.wire.to_client:
            return
        frame = self.wire.to_client.popleft()
        if isinstance(frame, CloseCode):
            self._closed(frame)
        else:
            self._hear(parse_server(frame))

    def say(self, message: FromClient) -> None:
        """Say something that must arrive."""
        self._refs += 1
        self.outbox[self._refs] = message.model_copy(update={"ref": self._refs})
        self._post(self.outbox[self._refs])

    def check(self, peer_id: UUID, *, is_connected: bool) -> None:
        """Do what a page does when media do not flow: the side that offers offers, if the other is there."""
        link, peer = self.links[peer_id], self.peers[peer_id]
        if is_connected or not peer.offers or not self.is_up or peer.state is not Presence.PRESENT:
            return
        if not link.name or link.restarts >= MAX_RESTARTS:
            link.name, link.restarts = f"k{next(_names)}", -1
        link.restarts += 1
        link.sdp, link.is_offering, link.is_broken = f"SDP-{next(_names)}", True, False
        self.say(MediaOffer(to=peer_id, connection=link.name, sdp=link.sdp))

    def _post(self, message: FromClient) -> None:
        if self.is_up and self.wire is not None:
            self.wire.to_server.append(encode(message))

    def _hear(self, message: FromServer) -> None:
        if self._is_new(message):
            self._take(message)

    def _is_new(self, message: FromServer) -> bool:
        """Follow the numbers: one heard before is dropped, one missing is a fault."""
        if message.seq is None:
            return True
        if message.seq <= self.last_seq and not self._is_afresh:
            return False
        assert self._is_afresh or message.seq == self.last_seq + 1, "a gap"
        self.last_seq, self._is_afresh = message.seq, False
        return True

    def _take(self, message: FromServer) -> None:
        if not self.is_admitted and not isinstance(message, Admitted) and message.type != "room.epoch":
            assert type(message) in BEFORE_ADMISSION
        match message:
            case Waiting():
                self._welcome(message)
            case Refused():
                self._refused = message
            case Admitted():
                self.is_admitted = True
                self._reconcile({peer.id: peer for peer in message.participants})
            case ParticipantJoined() | ParticipantChanged():
                self._reconcile({**self.peers, message.participant.id: message.participant})
            case ParticipantLeft():
                self.links.pop(message.participant, None)
                self._reconcile({one: p for one, p in self.peers.items() if one != message.participant})
            case MediaOffered() | MediaAnswered():
                self._negotiate(message)
            case Done() | Error():
                self._settle(message)
            case CallEnded():
                self.is_finished = True

    def _welcome(self, message: Waiting) -> None:
        self.resume, self.epoch = message.resume, message.epoch
        self.is_up, self.tickets_left = True, NEW_TICKETS
        if message.place:
            self.is_admitted = False
        if not message.resumed:
            self._is_afresh = True
            self.outbox = {
                r: m for r, m in self.outbox.items() if not m.model_dump()["type"].startswith("media")
            }
        for unanswered in self.outbox.values():
            self._post(unanswered)

    def _settle(self, message: Done | Error) -> None:
        answered = self.outbox.pop(message.reply_to or 0, None)
        if answered is not None and isinstance(message, Done):
            self.done.append(answered)

    def _reconcile(self, peers: dict[UUID, Peer]) -> None:
        self.peers = peers
        inside = {one for one, peer in peers.items() if peer.state not in KNOCKING}
        self.links = {one: self.links.get(one) or Link() for one in inside}

    def _negotiate(self, message: MediaOffered | MediaAnswered) -> None:
        link = self.links.get(message.from_)
        if link is None:
            return
        if isinstance(message, MediaOffered):
            link.name, link.sdp, link.is_offering, link.is_broken = (
                message.connection,
                message.sdp,
                False,
                False,
            )
            self.say(MediaAnswer(to=message.from_, connection=link.name, sdp=link.sdp))
        elif message.connection == link.name and link.is_offering:
            link.sdp, link.is_offering = message.sdp, False

    def _closed(self, close: CloseCode) -> None:
        refused = self._refused
        self.give_up()
        if refused is not None and refused.code in {Code.TICKET_REFUSED, Code.RESUME_REFUSED}:
            self.resume, self.tickets_left = None, self.tickets_left - 1
            self.is_finished = self.tickets_left < 0
        elif (refused is not None and not refused.retry) or close in FINAL_CLOSES:
            self.is_finished = True
            self.is_replaced = close is CloseCode.TAKEN_OVER or (
                refused is not None and refused.code in {Code.SEAT_TAKEN_OVER, Code.CONNECTION_STALE}
            )


def chat(page: Page) -> ChatSend:
    """A line of chat of its own."""
    return ChatSend(id=UUID(int=next(_names) + (1 << 64)), text=f"CHAT-SECRET of {page.who.display_name}")
