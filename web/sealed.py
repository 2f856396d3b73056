"""Values that stand in an address and must not be read there: sealed, and bound to what they are about.

Addresses end in histories, logs and over shoulders.
"""

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import parse_qs, urlencode

from telehealth.kit.crypto import Keyring, UnreadableError


def seal_values(keyring: Keyring, values: Iterable[tuple[str, str]], place: str) -> str:
    """Return pairs of names and values as one word for an address, bound to a place."""
    return base64.urlsafe_b64encode(keyring.seal(urlencode([*values]), place)).decode().rstrip("=")


def open_values(keyring: Keyring, sealed: str, place: str) -> dict[str, list[str]]:
    """Return what was sealed for a place; nothing when it was made up or belongs elsewhere."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return parse_qs(keyring.open(raw, place))
    except (binascii.Error, ValueError, UnreadableError):
        return {}
