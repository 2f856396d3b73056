"""For each purpose: how long a link lives, what proof it asks, what shows before. Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.security import base62


class Gate(StrEnum):
    """What proves that the right person holds the phone."""

    BIRTH_YEAR = "birth_year"
    """The patient's birth year: a check against wrong recipients, no proof of identity."""
    CODE_ONCE = "code_once"
    """A fresh code by SMS, once for a phone that the patient says is theirs."""
    CODE = "code"
    """A fresh code by SMS, whoever's phone it is."""
    ADMISSION = "admission"
    """The doctor admits a face, in the waiting room; nothing of the call is sent before."""


class Shown(StrEnum):
    """What a page may say before the gate."""

    FACILITY = "facility"
    TIME = "time"
    MASKED_NAME = "masked_name"
    NOTICE = "notice"
    """That something is to be read, not what."""


class LivesUntil(StrEnum):
    """What the end of a link is counted from."""

    SUBJECT_END = "subject_end"
    CODE = "code"
    """From its issue, and anew from each code that was given."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One kind of link: it lives until `after` has passed since `counted_from`."""

    after: timedelta
    gates: tuple[Gate, ...]
    before_gate: frozenset[Shown]
    counted_from: LivesUntil = LivesUntil.SUBJECT_END


_DAY: Final = timedelta(hours=24)
_WEEK: Final = timedelta(days=7)
_WHEN: Final = frozenset({Shown.FACILITY, Shown.TIME, Shown.MASKED_NAME})
_THAT: Final = frozenset({Shown.FACILITY, Shown.NOTICE})
_WHERE: Final = frozenset({Shown.FACILITY})
_YEAR: Final = (Gate.BIRTH_YEAR,)

PURPOSES: Final = MappingProxyType(
    {
        "appointment": Purpose(_DAY, _YEAR, _WHEN),
        "join": Purpose(_DAY, (Gate.BIRTH_YEAR, Gate.ADMISSION), _WHEN),
        "new_time": Purpose(_WEEK, _YEAR, _THAT),
        "next_visit": Purpose(_WEEK, _YEAR, _THAT),
        "questionnaire": Purpose(_WEEK, _YEAR, _THAT),
        "medicines": Purpose(_WEEK, (Gate.BIRTH_YEAR, Gate.CODE_ONCE), _THAT),
        "doctors_words": Purpose(_WEEK, (Gate.BIRTH_YEAR, Gate.CODE_ONCE), _THAT),
        "documents": Purpose(_DAY, (Gate.CODE,), _WHERE, LivesUntil.CODE),
        "record_access": Purpose(_DAY, (Gate.CODE,), _WHERE, LivesUntil.CODE),
    }
)
"""Purpose -> its rules, the only place they stand; routes name purposes through `links.deps.AllowLink`.

docs/patient-links.md prints this table, and a test compares the two.
"""

MAX_DEVICES: Final = 5
MAX_WRONG_YEARS: Final = 5
OLDEST_YEARS: Final = 119

TOKEN_BYTES: Final = 16
"""128 bits, written as 22 letters and digits."""

CODE_DIGITS: Final = 6
CODE_LIVES: Final = timedelta(minutes=10)
"""Texts are slow on a weak network; guessing is bounded by the tries, not by the time."""
CODE_TRIES: Final = 5
CODE_PAUSE: Final = timedelta(seconds=60)
"""How long to wait before another code is sent: texts are slow, and cost."""

CODE_LASTS: Final = timedelta(hours=24)
"""How long a page stays open behind a code."""

ON_ANY_PHONE: Final = timedelta(hours=1)
"""How long what needs a code once stays open on a phone that the patient did not call theirs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many in a span, for one number and for one facility; carriers share addresses, so not by those."""

    span: timedelta
    per_number: int
    per_facility: int


WRONG_YEARS: Final = Limits(timedelta(hours=24), per_number=15, per_facility=200)
"""A village health worker's number stands for many patients: three of them locked out in a day are a person
who does not know them; at a facility two hundred wrong years are somebody at work."""

CODES: Final = Limits(timedelta(hours=24), per_number=5, per_facility=300)
"""Codes for one number and patient, and for all patients of a facility: texts cost, and can be pumped."""

LOST_LINKS: Final = Limits(timedelta(hours=24), per_number=3, per_facility=200)
"""How often the way back is sent to one number; of a facility's patients together."""

LOST_IN_ALL: Final = 1_000
"""How many askings may wait to be looked at; a flood beyond is counted and let go."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has shown so far through one link on one phone."""

    is_year_given: bool
    code_given_at: datetime | None = None
    is_own_phone: bool = False


def is_private(purpose: str) -> bool:
    """Tell whether a link leads to what was found or said of somebody's health: all that asks for a code.

    It, and the code, go to the patient's own phone, or to one on which health may be mentioned. Raises
    KeyError for an unknown purpose.
    """
    return not {Gate.CODE, Gate.CODE_ONCE}.isdisjoint(PURPOSES[purpose].gates)


def missing_gate(purpose: str, standing: Standing, now: datetime) -> Gate | None:
    """Return the first gate still closed, None when all this side of the doctor are open.

    Raises KeyError for an unknown purpose. Admission is the waiting room's: it never closes a page.
    """
    return next((g for g in PURPOSES[purpose].gates if not _is_open(g, standing, now)), None)


def was_inside(purpose: str, standing: Standing) -> bool:
    """Tell whether every gate of a link was open on this phone once, a code's time being over or not.

    Who was inside may still send what was written there; to read on, the gates are asked anew. Raises
    KeyError for an unknown purpose.
    """
    shown = {
        Gate.BIRTH_YEAR: standing.is_year_given,
        Gate.CODE: standing.code_given_at is not None,
        Gate.CODE_ONCE: standing.is_own_phone or standing.code_given_at is not None,
    }
    return all(shown.get(gate, True) for gate in PURPOSES[purpose].gates)


def _is_open(gate: Gate, standing: Standing, now: datetime) -> bool:
    given = standing.code_given_at
    if gate is Gate.BIRTH_YEAR:
        return standing.is_year_given
    if gate is Gate.CODE:
        return given is not None and given <= now < given + CODE_LASTS
    if gate is Gate.CODE_ONCE:
        return standing.is_own_phone or (given is not None and given <= now < given + ON_ANY_PHONE)
    return True


def expires_at(purpose: str, ends_at: datetime) -> datetime:
    """Return when a link ends whose subject ends then. Raises KeyError for an unknown purpose.

    Of one that lives by codes, `ends_at` is when it is issued or a code was given.
    """
    return ends_at + PURPOSES[purpose].after


def token_text(derived: bytes) -> str:
    """Return the token of derived secret bytes."""
    return base62(derived[:TOKEN_BYTES])


def code_text(derived: bytes) -> str:
    """Return the six digits of derived secret bytes; 64 bits leave no digit likelier than another."""
    return f"{int.from_bytes(derived[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def typed_code(text: str) -> str:
    """Return the digits of a typed code, whatever stands around them and however wide they were typed."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() and c.isdigit())


def looks_like_token(text: str) -> bool:
    """Tell whether a text could be a token at all; others are refused like unknown ones."""
    return len(text) == 22 and text.isascii() and text.isalnum()


def decades(today: date) -> list[tuple[int, tuple[int, ...]]]:
    """Return the years somebody alive may be born in, by decade, the latest first."""
    years = range(today.year - OLDEST_YEARS, today.year + 1)
    starts = sorted({year - year % 10 for year in years}, reverse=True)
    return [(start, tuple(y for y in range(start, start + 10) if y in years)) for start in starts]
