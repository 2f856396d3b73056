"""Passwords and opaque tokens."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from telehealth.kit.errors import DomainError, Kind

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

HASHES_AT_ONCE = 2
HASHES_WAITING = 32


def base62(data: bytes) -> str:
    """Write bytes in the 62 letters and digits that survive SMS, handwriting and URLs.

    Fixed length for a given number of bytes (16 bytes give 22 characters).
    """
    number = int.from_bytes(data)
    length = -(-len(data) * 8 * 1000 // 5954)
    digits = []
    for _ in range(length):
        number, index = divmod(number, 62)
        digits.append(_ALPHABET[index])
    return "".join(reversed(digits))


def new_token(size: int = 32) -> str:
    """Return a fresh opaque token of `size` random bytes, in base62."""
    return base62(secrets.token_bytes(size))


def hash_token(token: str) -> str:
    """Return what is stored of a token: enough for >= 112 bits of entropy (ASVS 5.0 6.5.2)."""
    return sha256(token.encode()).hexdigest()


class Passwords:
    """argon2id, a few at a time: a flood of sign-ins must not stop calls.

    Floor of the OWASP Password Storage Cheat Sheet: m = 19 MiB, t = 2, p = 1.
    """

    def __init__(self, *, memory_kib: int = 19_456, time_cost: int = 2) -> None:
        self._hasher = _hasher(memory_kib, time_cost)
        self._running = threading.Semaphore(HASHES_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(HASHES_WAITING)
        self._nobody = _hash_of_nobody(memory_kib, time_cost)

    def hash(self, password: str) -> str:
        """Hash a password or PIN for storage; raise `busy` when too many wait."""
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Check a password. An unknown person costs the same work as a known one (ASVS 6.3.8)."""
        with self._turn():
            try:
                matches = self._hasher.verify(stored or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash should be made anew with today's parameters."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._waiting.acquire(blocking=False):
            raise DomainError("busy", Kind.UNAVAILABLE)
        try:
            with self._running:
                yield
        finally:
            self._waiting.release()


def _hasher(memory_kib: int, time_cost: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


@cache
def _hash_of_nobody(memory_kib: int, time_cost: int) -> str:
    """Return the hash, one in a process, that an unknown person's password is checked against."""
    return _hasher(memory_kib, time_cost).hash(secrets.token_hex(16))
