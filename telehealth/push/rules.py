"""Pure rules of push: which addresses may be called, what an answer means, when to try again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST_ENDPOINT: Final = 1_000
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

LEASE: Final = timedelta(seconds=30)
"""How long an attempt may take before another node thinks it lost."""

SHORTEST_LIFE: Final = 30
"""Seconds a vendor keeps a notice at least: a phone needs some to wake up, and earlier levels ring on."""

KEPT: Final = timedelta(days=1)
"""How long it is remembered what was told; no ring lasts that long."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=60)


class Outcome(StrEnum):
    """What came of an attempt."""

    ACCEPTED = "accepted"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


def is_allowed(endpoint: str, hosts: Sequence[str]) -> bool:
    """Tell whether the server may call an address a browser named: https, a listed host, no odd port.

    `*.example.org` in the list stands for every name below it. A loopback address counts only when the
    list names it, and then over plain http and on any port: that is for tests.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not _is_plain(endpoint, parts) or not _is_listed(host, hosts):
        return False
    if host in LOOPBACK:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and port in (None, 443)


def origin_of(endpoint: str) -> str:
    """Return scheme, host and port of an address: whom a signature is made out to (RFC 8292, 2)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def outcome_of(status: int) -> Outcome:
    """Read a push service's answer (RFC 8030, 5 to 7): what is gone is gone, what is busy is tried again."""
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if status in (404, 410):
        return Outcome.GONE
    return Outcome.LATER if status == 429 or status >= 500 else Outcome.REFUSED


def wait_after(attempts: int, asked: int | None = None) -> timedelta:
    """Return how long to wait after so many attempts: doubling, or what the service asked for, bounded."""
    wait = FIRST_WAIT * (1 << min(max(attempts - 1, 0), 6))
    wanted = timedelta(seconds=asked) if asked is not None else wait
    return min(max(wait, wanted), LONGEST_WAIT)


def life_of(escalate_at: datetime | None, now: datetime) -> int:
    """Return for how many seconds a vendor keeps a notice: as long as the level rings."""
    left = int((escalate_at - now).total_seconds()) if escalate_at else 0
    return max(SHORTEST_LIFE, left)


def _is_plain(endpoint: str, parts: SplitResult) -> bool:
    """Tell whether the address holds neither a person nor what programs read in different ways."""
    return "@" not in parts.netloc and not any(c in endpoint for c in "\\ #")


def _is_listed(host: str, hosts: Sequence[str]) -> bool:
    return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in hosts)
