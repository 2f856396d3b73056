"""What a press that rang nobody leaves in the address of its page: sealed.

The signs ticked say how a patient is, and addresses end in histories, logs and over shoulders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from telehealth.kit.crypto import Keyring, place
from telehealth.urgent.rules import DangerSign
from web.sealed import open_values, seal_values


@dataclass(frozen=True)
class Kept:
    """The signs that were ticked, and the code of what kept the press from ringing."""

    signs: tuple[str, ...] = ()
    refused: str = ""


def press_address(keyring: Keyring, visit_id: UUID, signs: Sequence[DangerSign], refused: str) -> str:
    """Return the address of a visit's press page that says why nobody was rung, the signs still ticked."""
    values = [("refused", refused), *(("danger", str(sign)) for sign in signs)]
    sealed = seal_values(keyring, values, _place(visit_id))
    return f"/visits/{visit_id}/ring?kept={sealed}"


def read_kept(keyring: Keyring, visit_id: UUID, sealed: str) -> Kept:
    """Return what an address of this visit carries; nothing when it was made up or belongs to another."""
    values = open_values(keyring, sealed, _place(visit_id))
    return Kept(tuple(values.get("danger", ())), values.get("refused", [""])[0])


def _place(visit_id: UUID) -> str:
    return place("visit", "ring", visit_id)
