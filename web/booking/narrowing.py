"""The filter of a visit's slots as its address carries it: sealed.

A specialty beside a visit's id says something about a patient's health, and addresses end in histories,
logs and over shoulders. So the filter is posted, and comes back in the address unreadable to all but us.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from telehealth.kit.crypto import Keyring, place
from web.booking.forms import SlotFilter, read_start
from web.forms import parse
from web.sealed import open_values, seal_values

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
    values = [*chosen.pairs(), *((name, value) for name, value in told if value)]
    if not values and not says_all:
        return path
    return f"{path}?narrowed={seal_values(keyring, values, _place(visit_id))}"


def read_narrowed(keyring: Keyring, visit_id: UUID, sealed: str) -> Narrowed:
    """Return what an address of this visit carries; nothing when it was made up or belongs to another."""
    values = open_values(keyring, sealed, _place(visit_id))
    taken, refused = (values.pop(name, [""])[0] for name in _TOLD)
    lost = read_start(taken)
    return Narrowed(parse(SlotFilter, values).value or SlotFilter(), lost[0] if lost else None, refused)


def _place(visit_id: UUID) -> str:
    return place("visit", "slots", visit_id)
