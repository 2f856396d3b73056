"""The near end of a check of a line: a program that measures as the browser's script does."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

PROBES, SPACING, CHUNK = 150, 0.02, bytes(4096)


class Mirror:
    """A program that sends a tone and counts the packets of it that come back."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTrack(AudioStreamTrack())
        self.frames = asyncio.Event()
        self.connection.on("track", self._listen)

    async def offer(self) -> str:
        """Return an offer with every candidate in it."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the answer and wait until sound comes back."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        async with asyncio.timeout(60):
            await self.frames.wait()

    async def close(self) -> None:
        """Hang up."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.connection.close()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.get_running_loop().create_task(self._count(track))

    async def _count(self, track: MediaStreamTrack) -> None:
        for _ in range(10):
            await track.recv()
        self.frames.set()


class Checker:
    """One connection with the two channels of a check."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.probe = self.connection.createDataChannel("probe", ordered=False, maxRetransmits=0)
        self.bulk = self.connection.createDataChannel("bulk")
        self.texts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.pings: asyncio.Queue[str] = asyncio.Queue()
        self.numbers: list[int] = []
        self.bytes = 0
        self._open = asyncio.Event()
        self.closed = asyncio.Event()
        self.bulk.on("open", self._open.set)
        self.bulk.on("close", self.closed.set)
        self.bulk.on("message", self._bulk)
        self.probe.on("message", self._probe)

    async def offer(self) -> str:
        """Return an offer with every candidate in it."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the answer and wait until the channels are open."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        async with asyncio.timeout(20):
            await self._open.wait()

    async def told(self) -> dict[str, Any]:
        """Return what the peer tells next."""
        async with asyncio.timeout(20):
            return await self.texts.get()

    async def stream(self, *, leave_out: int = 0) -> dict[str, Any]:
        """Send a row of packets, every so manieth left out; return what the peer counted."""
        self.bulk.send("stream")
        for number in range(PROBES):
            if not leave_out or number % leave_out:
                self.probe.send(number.to_bytes(2, "big") + bytes(158))
            await asyncio.sleep(SPACING)
        return await self.told()

    async def upload(self, pieces: int) -> dict[str, Any]:
        """Send pieces as fast as they go; return the rate the peer saw."""
        self.bulk.send("up")
        for _ in range(pieces):
            while self.bulk.bufferedAmount > 16_384:
                await asyncio.sleep(0.005)
            self.bulk.send(CHUNK)
        self.bulk.send("up_end")
        return await self.told()

    async def close(self) -> None:
        """Hang up."""
        with suppress(ConnectionError):
            await self.connection.close()

    def _bulk(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.texts.put_nowait(json.loads(message))
        else:
            self.bytes += len(message)

    def _probe(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.pings.put_nowait(message)
        else:
            self.numbers.append(int.from_bytes(message[:2], "big"))
