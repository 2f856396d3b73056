"""The filter of a visit's slots as its address carries it: sealed.

A specialty beside a visit's id says something about a patient's health, and addresses end in histories,
logs and over shoulders. So the filter is posted, and comes back in the address unreadable to all but us.
"""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from telehealth.kit.crypto import Keyring, UnreadableError, place
from web.booking.forms import SlotFilter, read_start
from web.forms import parse

_TOLD = ("taken", "refused")


@dataclass(frozen=True)
class Narrowed:
    """How the list is narrowed, and what it tells first: when a slot just lost was, or why none was held."""

    filter: SlotFilter = field(default_factory=SlotFilter)
    taken: datetime | None = None
    refused: str = ""


def slots_address(
    keyring: Keyring,
    visit_id: UUID,
    chosen: SlotFilter,
    *,
    taken: str = "",
    refused: str = "",
    path: str = "",
    says_all: bool = False,
) -> str:
    """Return the address of a visit's slots, or of another page that keeps how they are narrowed, as chosen.

    `says_all` is for a page that narrows by itself unless told otherwise: nothing chosen is told, too.
    """
    path = path or f"/visits/{visit_id}/slots"
    told = zip(_TOLD, (taken, refused), strict=True)
    text = urlencode([*chosen.pairs(), *((name, value) for name, value in told if value)])
    if not text and not says_all:
        return path
    sealed = base64.urlsafe_b64encode(keyring.seal(text, _place(visit_id))).decode().rstrip("=")
    return f"{path}?narrowed={sealed}"


def read_narrowed(keyring: Keyring, visit_id: UUID, sealed: str) -> Narrowed:
    """Return what an address of this visit carries; nothing when it was made up or belongs to another."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        values = parse_qs(keyring.open(raw, _place(visit_id)))
    except (binascii.Error, ValueError, UnreadableError):
        return Narrowed()
    taken, refused = (values.pop(name, [""])[0] for name in _TOLD)
    lost = read_start(taken)
    return Narrowed(parse(SlotFilter, values).value or SlotFilter(), lost[0] if lost else None, refused)


def _place(visit_id: UUID) -> str:
    return place("visit", "slots", visit_id)
