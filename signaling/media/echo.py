"""An echo on demand: sound and picture of one browser are sent back to it for a few seconds.

It shows that media go and return, not how a call will sound: aiortc conceals no loss, so a poor line sounds
worse here than between two browsers. It takes a fifth of a core, therefore one at a time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCPeerConnection

from signaling.media.check import UnfitOfferError, describe


class Echo:
    """The connection to one browser; gives back what it gets, at most one of each kind."""

    def __init__(self, ice_servers: Sequence[dict[str, Any]], on_end: Callable[[], None]) -> None:
        servers = [RTCIceServer(**each) for each in ice_servers]
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._connection.on("track", self._give_back)
        self._connection.on("connectionstatechange", self._look)
        self._on_end = on_end

    async def answer(self, sdp: str) -> str:
        """Return the answer with every candidate in it; raise UnfitOfferError."""
        kinds = Counter(line.split(" ")[0] for line in sdp.splitlines() if line.startswith("m="))
        if not kinds or not set(kinds) <= {"m=audio", "m=video"} or max(kinds.values()) > 1:
            raise UnfitOfferError
        return await describe(self._connection, sdp)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def _give_back(self, track: MediaStreamTrack) -> None:
        self._connection.addTrack(track)

    def _look(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._on_end()
