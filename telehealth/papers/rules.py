"""Handles of papers, and what somebody who scans one is told."""

import base64
import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

HANDLE_BYTES: Final = 16
"""128 bits nobody can foresee: nobody finds a paper by trying."""

_HANDLE: Final = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanned code answers, and nothing else: whether it holds, since when, and of which facility."""

    is_valid: bool
    signed_on: date
    facility: str


def as_handle(secret: bytes) -> str:
    """Return a handle of secret bytes: 26 letters and digits that can be read out and typed."""
    return base64.b32encode(secret[:HANDLE_BYTES]).decode().rstrip("=").lower()


def tidy(typed: str) -> str:
    """Return a handle as it was given out, from what somebody typed or scanned; '' for what is none."""
    handle = typed.strip().lower().replace(" ", "").replace("-", "")
    return handle if _HANDLE.fullmatch(handle) else ""


def digest(handle: str) -> str:
    """Return what a handle is looked up by.

    The index compares digests, so how long a look-up takes tells nothing of handles that exist.
    """
    return sha256(handle.encode()).hexdigest()
