"""UUIDv7: sortable by time, so indexes stay compact, and mintable by clients that work offline."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7(milliseconds: int, random_bits: int) -> UUID:
    """Build a version 7 UUID (RFC 9562 section 5.7).

    `milliseconds` since the Unix epoch (48 bits are kept) and 74 bits of randomness.
    """
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= ((random_bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & (2**62 - 1)
    return UUID(int=value)


def new_id() -> UUID:
    """Return a fresh UUIDv7; ids made by one process strictly grow, even within a millisecond."""
    global _last
    candidate = uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)) >> 6)
    with _lock:
        # A later id may not sort before an earlier one: pages and keyset cursors rely on it.
        _last = max(_last + 1, candidate.int)
        return _as_version_7(_last)


def _as_version_7(value: int) -> UUID:
    """Set the version and variant bits again, which the increment above may have carried into."""
    value &= ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=value | 0x7 << 76 | 0b10 << 62)


def is_uuid7(value: UUID) -> bool:
    """Tell whether a client-minted id may be taken as a row id."""
    return value.version == 7
