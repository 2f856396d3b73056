"""What a press that rang nobody leaves in the address of its page: sealed.

The signs ticked say how a patient is, and addresses end in histories, logs and over shoulders.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from telehealth.kit.crypto import Keyring, UnreadableError, place
from telehealth.urgent.rules import DangerSign


@dataclass(frozen=True)
class Kept:
    """The signs that were ticked, and the code of what kept the press from ringing."""

    signs: tuple[str, ...] = ()
    refused: str = ""


def press_address(keyring: Keyring, visit_id: UUID, signs: Sequence[DangerSign], refused: str) -> str:
    """Return the address of a visit's press page that says why nobody was rung, the signs still ticked."""
    text = urlencode([("refused", refused), *(("danger", str(sign)) for sign in signs)])
    sealed = base64.urlsafe_b64encode(keyring.seal(text, _place(visit_id))).decode().rstrip("=")
    return f"/visits/{visit_id}/ring?kept={sealed}"


def read_kept(keyring: Keyring, visit_id: UUID, sealed: str) -> Kept:
    """Return what an address of this visit carries; nothing when it was made up or belongs to another."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        values = parse_qs(keyring.open(raw, _place(visit_id)))
    except (binascii.Error, ValueError, UnreadableError):
        return Kept()
    return Kept(tuple(values.get("danger", ())), values.get("refused", [""])[0])


def _place(visit_id: UUID) -> str:
    return place("visit", "ring", visit_id)
