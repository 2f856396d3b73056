"""For each purpose: how long a link lives, what proof it asks, what shows before. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.security import base62


class Gate(StrEnum):
    """What proves that the right person holds the phone: a check against wrong recipients."""

    BIRTH_YEAR = "birth_year"


class Shown(StrEnum):
    """What a page may say before the gate."""

    FACILITY = "facility"
    TIME = "time"
    MASKED_NAME = "masked_name"


@dataclass(frozen=True, slots=True)
class Purpose:
    """One kind of link: it lives until its subject ends and `after` has passed."""

    after: timedelta
    gate: Gate
    before_gate: frozenset[Shown]


_ALL = frozenset(Shown)

PURPOSES: Final = MappingProxyType(
    {
        "appointment": Purpose(timedelta(hours=24), Gate.BIRTH_YEAR, _ALL),
        "join": Purpose(timedelta(hours=24), Gate.BIRTH_YEAR, _ALL),
        "next_visit": Purpose(timedelta(days=7), Gate.BIRTH_YEAR, frozenset({Shown.FACILITY})),
    }
)
"""Purpose -> its rules; routes name purposes through `links.deps.AllowLink`."""

MAX_DEVICES: Final = 5
MAX_WRONG_YEARS: Final = 5
OLDEST_YEARS: Final = 119

TOKEN_BYTES: Final = 16
"""128 bits, written as 22 letters and digits."""


def expires_at(purpose: str, ends_at: datetime) -> datetime:
    """Return when a link ends whose subject ends then. Raises KeyError for an unknown purpose."""
    return ends_at + PURPOSES[purpose].after


def token_text(derived: bytes) -> str:
    """Return the token of derived secret bytes."""
    return base62(derived[:TOKEN_BYTES])


def looks_like_token(text: str) -> bool:
    """Tell whether a text could be a token at all; others are refused like unknown ones."""
    return len(text) == 22 and text.isascii() and text.isalnum()


def decades(today: date) -> list[tuple[int, tuple[int, ...]]]:
    """Return the years somebody alive may be born in, by decade, the latest first."""
    years = range(today.year - OLDEST_YEARS, today.year + 1)
    starts = sorted({year - year % 10 for year in years}, reverse=True)
    return [(start, tuple(y for y in range(start, start + 10) if y in years)) for start in starts]
