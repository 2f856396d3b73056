"""What a link does to packets, decided purely: the time is given, chance comes from a seed.

A packet waits in a drop-tail queue, is sent at the link's rate, may be lost, and arrives after the delay.
The n-th packet sent over a pipe is lost or not by the seed alone, whenever it is sent.
"""

from collections import deque
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

PROTOCOL, UDP = 9, 17


@dataclass(frozen=True, slots=True)
class Shape:
    """One direction of a link. The queue counts what waits and what is being sent, in bytes or milliseconds.

    For `burst_ms` of every `burst_every_ms` what is sent is lost; a cut link also loses what is under way.
    """

    rate_kbps: float | None = None
    delay_ms: float = 0
    jitter_ms: float = 0
    loss_percent: float = 0
    burst_ms: float = 0
    burst_every_ms: float = 0
    queue_bytes: int | None = None
    queue_ms: float | None = None
    is_cut: bool = False
    has_udp: bool = True

    @property
    def room(self) -> float:
        """How many bytes the queue holds."""
        if self.queue_bytes is not None:
            return self.queue_bytes
        if self.queue_ms is not None and self.rate_kbps is not None:
            return self.queue_ms * self.rate_kbps / 8
        return float("inf")

    def sending_seconds(self, size: int) -> float:
        """How long a packet occupies the link."""
        return size * 8 / (self.rate_kbps * 1000) if self.rate_kbps else 0.0


@dataclass(slots=True)
class Counts:
    """Where packets went: every one offered is delivered, lost, dropped, cut, blocked, or still under way."""

    offered: int = 0
    delivered: int = 0
    delivered_bytes: int = 0
    lost: int = 0
    dropped: int = 0
    cut: int = 0
    blocked: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return them by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(slots=True)
class Pipe:
    """One direction of a link at work: `offer` packets, take out those that are `due`."""

    seed: str
    shape: Shape = field(default_factory=Shape)
    counts: Counts = field(default_factory=Counts)
    _queue: deque[tuple[float, bytes]] = field(default_factory=deque)
    _flying: deque[tuple[float, bytes]] = field(default_factory=deque)
    _queued: int = 0
    _free_at: float = 0.0
    _bursts_from: float = 0.0
    _losses: Random = field(init=False)
    _delays: Random = field(init=False)

    def __post_init__(self) -> None:
        """Chance of its own for each decision: a change of one changes no other."""
        self._losses, self._delays = Random(f"{self.seed}/loss"), Random(f"{self.seed}/delay")

    def reshape(self, now: float, **changes: Any) -> None:
        """Be another link from now on; what waits is sent at the new rate. TypeError for an unknown name."""
        self._send(now)
        kept = {each.name: getattr(self.shape, each.name) for each in fields(Shape)}
        self.shape = Shape(**{**kept, **changes})
        self._bursts_from = now
        if self.shape.is_cut:
            self.counts.cut += len(self._queue) + len(self._flying)
            self._queue.clear()
            self._flying.clear()
            self._queued, self._free_at = 0, now

    def offer(self, packet: bytes, now: float) -> None:
        """Take a packet in, or not."""
        self._send(now)
        self.counts.offered += 1
        if self.shape.is_cut:
            self.counts.cut += 1
        elif not self.shape.has_udp and packet[PROTOCOL] == UDP:
            self.counts.blocked += 1
        elif self._queued + len(packet) > self.shape.room and self._queue:
            self.counts.dropped += 1
        else:
            self._queue.append((now, packet))
            self._queued += len(packet)

    def due(self, now: float) -> list[bytes]:
        """Return the packets that arrive now, in order."""
        self._send(now)
        arrived = []
        while self._flying and self._flying[0][0] <= now:
            arrived.append(self._flying.popleft()[1])
        self.counts.delivered += len(arrived)
        self.counts.delivered_bytes += sum(map(len, arrived))
        return arrived

    def next_at(self) -> float | None:
        """When something happens by itself; None while nothing is under way."""
        times = [self._flying[0][0]] if self._flying else []
        if self._queue:
            times.append(self._sent_at(*self._queue[0]))
        return min(times, default=None)

    def _sent_at(self, offered_at: float, packet: bytes) -> float:
        return max(self._free_at, offered_at) + self.shape.sending_seconds(len(packet))

    def _send(self, now: float) -> None:
        while self._queue and (sent_at := self._sent_at(*self._queue[0])) <= now:
            _, packet = self._queue.popleft()
            self._queued -= len(packet)
            self._free_at = sent_at
            if self._is_lost(sent_at):
                self.counts.lost += 1
            else:
                self._fly(packet, sent_at)

    def _is_lost(self, sent_at: float) -> bool:
        shape = self.shape
        by_chance = self._losses.random() * 100 < shape.loss_percent
        every = shape.burst_every_ms / 1000
        in_burst = every > 0 and (sent_at - self._bursts_from) % every < shape.burst_ms / 1000
        return by_chance or in_burst

    def _fly(self, packet: bytes, sent_at: float) -> None:
        delay = self.shape.delay_ms + self.shape.jitter_ms * self._delays.random()
        arrives_at = sent_at + delay / 1000
        if self._flying:
            arrives_at = max(arrives_at, self._flying[-1][0])  # a link keeps the order
        self._flying.append((arrives_at, packet))
