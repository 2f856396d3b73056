"""What a program without a camera shows and says in a call, and what it makes of what it sees and hears."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from math import pi, sin
from typing import Final
from zlib import crc32

import aioice.ice
from aiortc import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame
from av.frame import Frame

WIDTH, HEIGHT = 320, 180
TICKS_PER_PICTURE = 3000  # of the 90 kHz video clock, at 30 pictures a second
TONE_HZ = 450  # nine whole waves in 20 ms: frames join without a click
SAMPLES = 160  # of a frame of 20 ms at 8 kHz
TONE: Final = array("h", (int(12_000 * sin(2 * pi * TONE_HZ * n / 8000)) for n in range(SAMPLES))).tobytes()
LOUD = 1_000  # of 32,767: far above the noise of a codec


class Stripes(VideoStreamTrack):
    """Grey stripes that run down the picture, no two frames in a row alike."""

    async def recv(self) -> Frame:
        """Return the next picture when it is due."""
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        shift = pts // TICKS_PER_PICTURE * 4
        for plane in frame.planes:
            rows = (bytes([(row * 2 - shift) % 256]) * plane.line_size for row in range(plane.height))
            plane.update(b"".join(rows))
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A steady tone."""

    async def recv(self) -> Frame:
        """Return the next 20 ms of it when they are due."""
        frame = await super().recv()
        assert isinstance(frame, AudioFrame)
        (plane,) = frame.planes
        plane.update(TONE.ljust(plane.buffer_size, b"\0"))
        return frame


@dataclass
class Arrived:
    """What was decoded of somebody's picture and sound so far."""

    pictures: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)
    looks: set[int] = field(default_factory=set)
    sounds: int = 0
    loud: int = 0

    async def take_in(self, track: MediaStreamTrack) -> None:
        """Decode a track until it ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self._see(frame)
            elif isinstance(frame, AudioFrame):
                self._hear(frame)

    def _see(self, frame: VideoFrame) -> None:
        self.pictures += 1
        self.sizes.add((frame.width, frame.height))
        self.looks.add(crc32(bytes(frame.planes[0])))

    def _hear(self, frame: AudioFrame) -> None:
        self.sounds += 1
        samples = array("h", bytes(frame.planes[0]))
        self.loud += max(map(abs, samples)) > LOUD


def meet_on_loopback(replace: Callable[[object, str, object], None]) -> None:
    """Let aiortc offer 127.0.0.1, which it leaves out by itself, and nothing else.

    `replace` is `monkeypatch.setattr`. Tests stay on loopback, and run where there is no other network.
    """
    replace(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
