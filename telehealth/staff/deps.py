"""Checking and making password hashes from async edges, a few at a time.

Waiting happens on the event loop, not in threads: a flood of sign-ins would otherwise take every thread
of the pool, and pages and calls would stop.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from starlette.requests import HTTPConnection

from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.security import HASHES_WAITING, Passwords

T = TypeVar("T")


async def verify_secret(connection: HTTPConnection, stored: str | None, secret: str) -> bool:
    """Tell whether a password or PIN is right; a missing hash costs the same work. Raises `busy`."""
    return await _in_turn(connection, lambda passwords: passwords.verify(stored, secret))


async def hash_secret(connection: HTTPConnection, secret: str) -> str:
    """Return the hash of a password or PIN to store. Raises `busy`."""
    return await _in_turn(connection, lambda passwords: passwords.hash(secret))


async def rehash_secret(connection: HTTPConnection, stored: str, secret: str) -> str | None:
    """Return a new hash when the stored one was made with older parameters. Raises `busy`."""
    passwords: Passwords = connection.app.state.passwords
    return await hash_secret(connection, secret) if passwords.is_outdated(stored) else None


async def _in_turn(connection: HTTPConnection, work: Callable[[Passwords], T]) -> T:
    limiter = connection.app.state.gates.hashing
    if limiter.statistics().tasks_waiting >= HASHES_WAITING:
        raise DomainError("busy", Kind.UNAVAILABLE)
    return await to_thread.run_sync(work, connection.app.state.passwords, limiter=limiter)
