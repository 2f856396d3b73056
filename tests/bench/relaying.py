"""Relay rounds: closed loop for messages per second, open loop for latency."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.measure import percentile
from tests.bench.rooms import Room, Seat

DRAIN_SECONDS = 10.0
OPEN_RATE = 10.0
"""Messages per second and room in the open loop: a call that gathers candidates says about as much."""


@dataclass
class Relayed:
    """What one round gave."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    sent: int = 0
    held_back: int = 0
    latencies_us: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages that arrived per second."""
        return len(self.latencies_us) / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Messages that arrived for each second the server worked."""
        return len(self.latencies_us) / self.cpu_seconds

    @property
    def lost(self) -> int:
        """Messages that were sent and never arrived."""
        return self.sent - len(self.latencies_us)

    def latency_ms(self, of_100: int) -> float:
        """The latency that so many of a hundred messages did not exceed."""
        return percentile(self.latencies_us, of_100) / 1000


async def relay_closed(rooms: Sequence[Room], seconds: float) -> Relayed:
    """Keep one message on its way in each direction of each room, as far as the rate limits let it."""
    relayed = Relayed()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()

    def send(seat: Seat) -> None:
        if time.perf_counter() - began > seconds:
            return
        if seat.send_candidate():
            relayed.sent += 1
        else:
            relayed.held_back += 1
            loop.call_later(seat.seconds_until_allowed() + 0.001, send, seat)

    def answer(seat: Seat, latency: int) -> None:
        relayed.latencies_us.append(latency)
        send(seat)

    for seat in _seats(rooms):
        seat.on_candidate = answer
        send(seat)
    await asyncio.sleep(seconds)
    relayed.seconds = time.perf_counter() - began
    await _arrived(relayed)
    return relayed


async def relay_open(rooms: Sequence[Room], seconds: float, *, rate: float = OPEN_RATE) -> Relayed:
    """Send at a fixed rate for each room, evenly spread, whatever comes back."""
    relayed = Relayed()
    seats = _seats(rooms)
    for seat in seats:
        seat.on_candidate = lambda _seat, latency: relayed.latencies_us.append(latency)
    interval = 1 / (rate * len(rooms))
    began = time.perf_counter()
    for number in range(int(seconds / interval)):
        wait = began + number * interval - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        relayed.sent += seats[number % len(seats)].send_candidate()
    relayed.seconds = time.perf_counter() - began
    await _arrived(relayed)
    return relayed


async def _arrived(relayed: Relayed) -> None:
    """Wait for what is on its way; what does not come in time is lost."""
    deadline = time.perf_counter() + DRAIN_SECONDS
    while relayed.lost and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)


def _seats(rooms: Sequence[Room]) -> list[Seat]:
    return [seat for room in rooms for seat in room.seats]
