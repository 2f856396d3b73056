"""How alike two records of people are, in points and in words. Pure; never a decision, only a question.

The points are ours, chosen so that the same name and birth year are asked about, and a phone that a family
shares is not by itself: tests/telehealth/patients/test_likeness.py says which pairs are meant.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telehealth.kit.text import fold
from telehealth.patients.rules import Birth, Precision, Sex


class Reason(StrEnum):
    """Why two records may be of one person, or rather not."""

    SAME_NAME = "same_name"
    NAME_ORDER = "name_order"
    NAME_PART = "name_part"
    NAME_LETTER = "name_letter"
    NAME_ENDS = "name_ends"
    GIVEN_NAME = "given_name"
    SAME_BIRTH = "same_birth"
    BIRTH_MAY_BE = "birth_may_be"
    BIRTH_SWAPPED = "birth_swapped"
    BIRTH_NEAR = "birth_near"
    SAME_PHONE = "same_phone"
    SAME_PLACE = "same_place"
    BIRTH_DIFFERS = "birth_differs"
    SEX_DIFFERS = "sex_differs"
    NUMBER_DIFFERS = "number_differs"


POINTS: Final = {
    Reason.SAME_NAME: 40,
    Reason.NAME_ORDER: 30,
    Reason.NAME_PART: 25,
    Reason.NAME_LETTER: 25,
    Reason.NAME_ENDS: 15,
    Reason.GIVEN_NAME: 10,
    Reason.SAME_BIRTH: 30,
    Reason.BIRTH_MAY_BE: 20,
    Reason.BIRTH_SWAPPED: 15,
    Reason.BIRTH_NEAR: 10,
    Reason.SAME_PHONE: 25,
    Reason.SAME_PLACE: 10,
    Reason.BIRTH_DIFFERS: -20,
    Reason.SEX_DIFFERS: -15,
    Reason.NUMBER_DIFFERS: -60,
}
"""What each fact counts for: facts that speak against it take points away."""

PROBABLE_FROM: Final = 55
STRONG_FROM: Final = 80
YEARS_NEAR: Final = 1
"""Years of birth differ by one where ages were counted in lunar years."""


@dataclass(frozen=True, slots=True)
class Described:
    """What of a record is compared. Phones and number are blind indexes: equal or not, nothing else."""

    folded_name: str
    birth: Birth
    sex: Sex
    phones: frozenset[str] = frozenset()
    address: str = ""
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """The points, 0 to 100, and every reason that counted."""

    points: int
    reasons: tuple[Reason, ...]

    @property
    def is_probable(self) -> bool:
        """Whether somebody should look at the two."""
        return self.points >= PROBABLE_FROM

    @property
    def is_strong(self) -> bool:
        """Whether nearly everything agrees."""
        return self.points >= STRONG_FROM


def compare(one: Described, other: Described) -> Likeness:
    """Compare two records; which comes first makes no difference."""
    reasons = [
        _name(one.folded_name.split(), other.folded_name.split()),
        _birth(one.birth, other.birth),
        Reason.SAME_PHONE if one.phones & other.phones else None,
        Reason.SAME_PLACE if commune_of(one.address) & commune_of(other.address) else None,
        Reason.SEX_DIFFERS if Sex.OTHER not in (one.sex, other.sex) and one.sex is not other.sex else None,
        Reason.NUMBER_DIFFERS if one.number and other.number and one.number != other.number else None,
    ]
    found = tuple(reason for reason in reasons if reason is not None)
    return Likeness(max(0, min(100, sum(POINTS[reason] for reason in found))), found)


def commune_of(address: str) -> frozenset[str]:
    """Return the folded name of the commune an address ends with, without its kind; empty if none is named.

    Provinces are written or left out, so the part behind "xã", "phường" or "thị trấn" counts where one is.
    """
    parts = [fold(part) for part in address.split(",")]
    named = [re.sub(r"^(?:xa|phuong|thi tran|dac khu) ", "", part) for part in parts if _COMMUNE.match(part)]
    return frozenset(named or parts[-1:]) - {""}


_COMMUNE: Final = re.compile(r"(?:xa|phuong|thi tran|dac khu) .")


def _name(one: list[str], other: list[str]) -> Reason | None:
    if one == other:
        return Reason.SAME_NAME
    if sorted(one) == sorted(other):
        return Reason.NAME_ORDER
    if set(one) < set(other) or set(other) < set(one):
        return Reason.NAME_PART
    if _letters_apart(" ".join(one), " ".join(other)):
        return Reason.NAME_LETTER
    if one[-1:] == other[-1:] and one[:1] == other[:1]:
        return Reason.NAME_ENDS
    return Reason.GIVEN_NAME if one[-1:] == other[-1:] else None


def _letters_apart(one: str, other: str) -> bool:
    """Tell whether one letter was left out, added or mistaken; of very short names that means nothing."""
    short, long = sorted((one, other), key=len)
    if len(short) < 5 or len(long) - len(short) > 1:
        return False
    differ = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    rest = short[differ + 1 :] if len(short) == len(long) else short[differ:]
    return rest == long[differ + 1 :]


def _birth(one: Birth, other: Birth) -> Reason:
    if one == other and one.precision is Precision.DAY:
        return Reason.SAME_BIRTH
    if one.on <= other.latest and other.on <= one.latest:
        return Reason.BIRTH_MAY_BE
    if (one.on.year, one.on.month, one.on.day) == (other.on.year, other.on.day, other.on.month):
        return Reason.BIRTH_SWAPPED
    if abs(one.on.year - other.on.year) <= YEARS_NEAR:
        return Reason.BIRTH_NEAR
    return Reason.BIRTH_DIFFERS


def against(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons that speak against one person."""
    return tuple(reason for reason in reasons if POINTS[reason] < 0)
