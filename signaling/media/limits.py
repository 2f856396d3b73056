"""How much a check of a line may take: of places, of time, of bytes. The browser knows the same figures."""

from typing import Final

CHECKS_AT_ONCE: Final = 4
"""Each sends at most 64 kbit/s of small packets and bursts of a few seconds; four are a tenth of a core."""

WAITING_AT_MOST: Final = 60
"""Every station checks at 07:30: so many wait for their turn, whoever comes after is told to come later."""

CHECK_SECONDS: Final = 40.0
"""After so long the peer closes, whatever the browser does."""

ECHOES_AT_ONCE: Final = 1
"""Decoding and encoding 640x360 at 15 pictures a second takes a fifth of a core with aiortc (measured)."""

ECHOES_WAITING: Final = 6

ECHO_SECONDS: Final = 16.0
"""Ten seconds to look and listen, and the time to connect on a bad line."""

SOCKET_SECONDS: Final = 240.0
"""The whole visit, waiting for a place included: sixty before us, four at once, about twelve seconds each."""

SDP_BYTES: Final = 20_000
FRAMES: Final = 64

PROBES: Final = 150
PROBE_BYTES: Final = 160
PROBE_SECONDS: Final = 0.02
"""As Opus sends: 20 ms, 160 bytes, for three seconds; 64 kbit/s (with RED, a call was measured at 47)."""

BURST_BYTES: Final = 512_000
BURST_SECONDS: Final = 3.0
CHUNK_BYTES: Final = 4_096
QUEUED_BYTES: Final = 16_384
"""No more is put into a channel's queue: on 80 kbit/s that is 1.6 s."""

PEER_BYTES: Final = 2_000_000
"""What one check may send us at most; more closes it."""

PEER_MEMORY: Final = 2_000_000_000
"""Address space of the process: aioice's queues have no bound of their own."""

IDLE_SECONDS: Final = 600.0
"""Unused for so long, the process ends; the next check starts another."""
