"""One check of a line at our end: answers an offer, then does what the browser asks for, within limits."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)

from signaling.media import limits
from signaling.media.stream import Arrivals, Flow

COMMANDS: Final = ("stream", "up", "up_end", "down")
GRACE_SECONDS: Final = 1.5
"""How long we wait for the last packets of a row."""


class UnfitOfferError(Exception):
    """An offer that is not of a check (one data channel) or of an echo (sound, picture or both)."""


async def describe(connection: RTCPeerConnection, sdp: str) -> str:
    """Take an offer and return the answer to it, gathered; raise UnfitOfferError."""
    try:
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
    except (ValueError, KeyError, IndexError, AttributeError, AssertionError) as error:
        raise UnfitOfferError from error  # what a parser says to invented text
    return str(connection.localDescription.sdp)


class LineCheck:
    """The connection to one browser. It has two channels: `probe` loses packets, `bulk` does not."""

    def __init__(self, ice_servers: Sequence[dict[str, Any]], on_end: Callable[[], None]) -> None:
        servers = [RTCIceServer(**each) for each in ice_servers]
        # An empty list, not None: None would ask a stranger's STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._connection.on("datachannel", self._take)
        self._connection.on("connectionstatechange", self._look)
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._channels: dict[str, RTCDataChannel] = {}
        self._done: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals = Arrivals(limits.PROBE_SECONDS)
        self._flow = Flow()
        self._received = 0

    async def answer(self, sdp: str) -> str:
        """Return the answer with every candidate in it; raise UnfitOfferError."""
        sections = [line for line in sdp.splitlines() if line.startswith("m=")]
        if len(sections) != 1 or not sections[0].startswith("m=application"):
            raise UnfitOfferError
        return await describe(self._connection, sdp)

    async def close(self) -> None:
        """Close the connection and stop sending."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    def _take(self, channel: RTCDataChannel) -> None:
        if channel.label not in ("probe", "bulk") or channel.label in self._channels:
            channel.close()
            return
        self._channels[channel.label] = channel
        channel.on("message", self._probe if channel.label == "probe" else self._bulk)

    def _look(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._on_end()

    def _probe(self, message: str | bytes) -> None:
        """Echo a text, which is a ping; count a packet."""
        if not self._counts(message):
            return
        if isinstance(message, str):
            self._channels["probe"].send(message)
        elif len(message) >= 2:
            number = int.from_bytes(message[:2], "big")
            if number < limits.PROBES:
                self._arrivals.note(number, self._loop.time())

    def _bulk(self, message: str | bytes) -> None:
        if not self._counts(message):
            return
        if isinstance(message, bytes):
            self._flow.note(len(message), self._loop.time())
        elif message in COMMANDS and message not in self._done:
            self._done.add(message)
            self._start(message)

    def _counts(self, message: str | bytes) -> bool:
        """Whether there is still room for what came; without it this check is over."""
        self._received += len(message)
        if self._received > limits.PEER_BYTES or (isinstance(message, str) and len(message) > 64):
            self._on_end()
            return False
        return True

    def _start(self, command: str) -> None:
        if command == "up":
            self._flow = Flow()
        elif command == "up_end":
            self._tell(up_kbps=self._flow.kbps)
        else:
            work = self._stream() if command == "stream" else self._burst()
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _stream(self) -> None:
        """Send a row of packets while the browser sends its own, then tell what came of those."""
        started = self._loop.time()
        for number in range(limits.PROBES):
            await asyncio.sleep(started + number * limits.PROBE_SECONDS - self._loop.time())
            packet = number.to_bytes(2, "big")
            self._send("probe", packet.ljust(limits.PROBE_BYTES, b"\0"))
        await asyncio.sleep(GRACE_SECONDS)
        self._tell(sent=limits.PROBES, got=self._arrivals.count, jitter_ms=self._arrivals.jitter_ms)

    async def _burst(self) -> None:
        """Send as fast as the way takes it, for seconds at most, then say that it was all."""
        channel, ends_at, sent = self._channels["bulk"], self._loop.time() + limits.BURST_SECONDS, 0
        while sent < limits.BURST_BYTES and self._loop.time() < ends_at:
            if channel.bufferedAmount > limits.QUEUED_BYTES:
                await asyncio.sleep(0.005)
                continue
            self._send("bulk", bytes(limits.CHUNK_BYTES))
            sent += limits.CHUNK_BYTES
        self._tell(down_bytes=sent)

    def _tell(self, **what: int | None) -> None:
        self._send("bulk", json.dumps(what))

    def _send(self, label: str, data: str | bytes) -> None:
        channel = self._channels.get(label)
        if channel is not None and channel.readyState == "open":
            with suppress(ConnectionError):
                channel.send(data)
