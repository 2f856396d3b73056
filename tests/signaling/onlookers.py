"""Two people in a room of their own, who keep talking while elsewhere harm is done."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from signaling.from_client import MediaCandidate, Ping
from signaling.from_server import MediaCandidateFound
from signaling.parts import IceCandidate
from tests.signaling.line import Line

EVERY_SECONDS = 0.1


@dataclass
class Onlookers:
    """What became of what they said."""

    sent: int = 0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """What never arrived."""
        return self.sent - len(self.latencies_ms)


@asynccontextmanager
async def talking(speaker: Line, listener: Line) -> AsyncIterator[Onlookers]:
    """Let one say something to the other all the while; what was said arrives in order, or this raises."""
    seen = Onlookers()
    to = listener.welcome.self_
    hearing = asyncio.create_task(_listen(listener, seen))
    draining = asyncio.create_task(_drain(speaker))
    speaking = asyncio.create_task(_speak(speaker, listener, to, seen))
    try:
        yield seen
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        async with asyncio.timeout(30):
            while seen.lost and not hearing.done():
                await asyncio.sleep(0.02)
        for task in (hearing, draining):
            task.cancel()
        await asyncio.gather(hearing, draining, return_exceptions=True)
        for task in (speaking, hearing, draining):
            if not task.cancelled() and task.exception() is not None:
                raise task.exception() from None  # type: ignore[misc]


async def _speak(speaker: Line, listener: Line, to: object, seen: Onlookers) -> None:
    while True:
        stamp = IceCandidate(candidate=f"{seen.sent} {time.monotonic_ns()}")
        seen.sent += 1
        await speaker.send(MediaCandidate(to=to, connection="k1", candidate=stamp))  # type: ignore[arg-type]
        if seen.sent % 20 == 0:
            for line in (speaker, listener):
                await line.send(Ping(last_seq=line.last_seq))
        await asyncio.sleep(EVERY_SECONDS)


async def _listen(listener: Line, seen: Onlookers) -> None:
    while True:
        message = await listener.hear()
        if isinstance(message, MediaCandidateFound) and message.candidate is not None:
            number, stamp = message.candidate.candidate.split()
            assert int(number) == len(seen.latencies_ms), "each once and in order"
            seen.latencies_ms.append((time.monotonic_ns() - int(stamp)) / 1e6)
        listener.heard.clear()


async def _drain(speaker: Line) -> None:
    while True:
        await speaker.hear()
        speaker.heard.clear()
