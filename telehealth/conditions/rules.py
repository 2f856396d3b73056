"""Which diagnoses may be examined remotely: by the beginning of their code (TT 30/2023/TT-BYT)."""

from collections.abc import Sequence
from typing import Protocol

from telehealth.visits.prefixes import is_listed


class Coded(Protocol):
    """A diagnosis: its code, where it has one."""

    @property
    def code(self) -> str | None: ...


def outside(diagnoses: Sequence[Coded], prefixes: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the diagnoses that are on no list; none where no list was imported."""
    if not prefixes:
        return ()
    return tuple(place for place, each in enumerate(diagnoses) if not is_listed(each.code, prefixes))
