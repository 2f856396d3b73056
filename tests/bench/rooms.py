"""Rooms of two: their sockets, the same for the product and for the bare relay, and what is said on them."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from signaling.rates import BURST, RATE, Bucket
from tests.bench.ws_client import Line, LineLostError

CANDIDATE_BYTES = 400
STAMP_DIGITS = 16
MARK = b"stamp-"
MARGIN = 0.9
PING_SECONDS = 3.0
NOBODY = UUID(int=0)


class Seat:
    """One participant's end: sends candidates to the other, keeps within the rate a browser may send at."""

    def __init__(self) -> None:
        self.line: Line
        self.on_candidate: Callable[[Seat, int], None] = lambda _seat, _stamp: None
        self.other: UUID = NOBODY
        self.own_id: UUID = NOBODY  # stays so at the bare relay
        self.last_seq = 0
        self.is_answered = asyncio.Event()
        self.is_resumed = False
        self._resume: dict[str, Any] = {}
        self._refusal = ""
        self._bucket = Bucket.full(RATE * MARGIN, BURST * MARGIN, _moment())
        self._refs = itertools.count(1)
        self._before, self._after = _candidate(self.other)

    async def sit_down(self, port: int, path: str) -> None:
        """Connect; nothing more is needed at the bare relay."""
        self.line = await Line.connect(port, path, self._hear)

    async def come_in(self, port: int, ticket: str) -> None:
        """Connect to the product and come in with a ticket; raise LineLostError if not admitted."""
        await self.sit_down(port, "/signal")
        self._say(type="hello", versions=[1], ticket=ticket)
        async with asyncio.timeout(30):
            await self.is_answered.wait()
        if self._refusal:
            raise LineLostError(self._refusal)

    async def come_back(self, port: int) -> None:
        """Connect again after the line was cut and resume; raise LineLostError if the place is lost."""
        self.is_answered.clear()
        self.is_resumed = False
        await self.sit_down(port, "/signal")
        self._say(type="hello", versions=[1], last_seq=self.last_seq, **self._resume)
        async with asyncio.timeout(60):
            await self.is_answered.wait()
        if not self.is_resumed:
            raise LineLostError(self._refusal or "came back to a room that knew nothing of it")

    def face(self, other: "Seat") -> None:
        """Say everything to this participant from now on."""
        self.other = other.own_id
        self._before, self._after = _candidate(self.other)

    def ping(self) -> None:
        """Send the heartbeat, as a page does: what arrived need not be kept for it."""
        if self._bucket.draw(1, _moment()):
            self._say(type="ping", ref=next(self._refs), last_seq=self.last_seq)

    def seconds_until_allowed(self) -> float:
        """How long to wait before the next message is within the rate."""
        return max(0.0, (1 - self._bucket.level(_moment())) / self._bucket.rate)

    def send_candidate(self) -> bool:
        """Send one stamped candidate; false, and nothing sent, beyond the rate."""
        if not self._bucket.draw(1, _moment()):
            return False
        self.line.say(self._before + b"%0*d" % (STAMP_DIGITS, time.monotonic_ns() // 1000) + self._after)
        return True

    def _say(self, **message: Any) -> None:
        self.line.say(json.dumps(message).encode())

    def _hear(self, frame: bytes) -> None:
        at = frame.find(MARK)
        if at < 0:
            self._hear_other(json.loads(frame))
            return
        if self.own_id != NOBODY:
            self.last_seq += 1
        stamp = int(frame[at + len(MARK) : at + len(MARK) + STAMP_DIGITS])
        self.on_candidate(self, time.monotonic_ns() // 1000 - stamp)

    def _hear_other(self, message: dict[str, Any]) -> None:
        self.last_seq = message.get("seq") or self.last_seq
        match message["type"]:
            case "waiting":
                self.own_id = UUID(message["self"])
                self._resume = {"resume": message["resume"], "epoch": message["epoch"]}
                self.is_resumed = message["resumed"]
                if self.is_resumed:
                    self.is_answered.set()
            case "admitted":
                self.is_answered.set()
            case "refused" | "error":
                self._refusal = str(message)
                self.is_answered.set()


class Room:
    """Two participants who face each other."""

    def __init__(self) -> None:
        self.seats = (Seat(), Seat())

    def face_each_other(self) -> None:
        """Let both know whom they speak to."""
        one, other = self.seats
        one.face(other)
        other.face(one)

    def cut(self) -> None:
        """Both lines go without a word."""
        for seat in self.seats:
            seat.is_answered.clear()
            seat.line.cut()

    def leave(self) -> None:
        """Close both sockets on purpose."""
        for seat in self.seats:
            seat.line.leave()


def _moment() -> float:
    return asyncio.get_running_loop().time()


def _candidate(to: UUID) -> tuple[bytes, bytes]:
    """Return what stands before and after the stamp in a message of the usual size."""
    text = f"candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0 {MARK.decode()}|"
    message = {
        "type": "media.candidate",
        "to": str(to),
        "connection": "k7",
        "candidate": {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "xK1f"},
    }
    before, after = json.dumps(message).split("|")
    padding = "x" * (CANDIDATE_BYTES - STAMP_DIGITS - len(before) - len(after))
    return before.encode(), (padding + after).encode()
