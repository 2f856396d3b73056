"""What the code on paper asks about: 128 random bits that say nothing of anybody."""

import re
import secrets
from typing import Final

_BYTES: Final = 16
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def new_handle() -> str:
    """Return a fresh handle: 22 letters that stand for 128 random bits (base64url, RFC 4648)."""
    return secrets.token_urlsafe(_BYTES)


def looks_like_handle(text: str) -> bool:
    """Tell whether a text could be a handle at all; others are answered like unknown ones."""
    return bool(_SHAPE.fullmatch(text))
