"""What can be told from a person's numbers, birth date and age, without asking anybody."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError


class Sex(StrEnum):
    """Administrative sex, as FHIR's AdministrativeGender codes it."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"


class Precision(StrEnum):
    """How much of a birth date is known; many older people know the year only."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Relation(StrEnum):
    """Whose phone it is, or who acts for the patient."""

    SELF = "self"
    MOTHER = "mother"
    FATHER = "father"
    SPOUSE = "spouse"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    RELATIVE = "relative"
    NEIGHBOUR = "neighbour"
    HEALTH_WORKER = "health_worker"


OUTSIDE_FAMILY: Final = frozenset({Relation.NEIGHBOUR, Relation.HEALTH_WORKER})
"""Who carries messages only because the patient agreed to it."""


class GuardianBasis(StrEnum):
    """Why somebody may act for a patient (Civil Code 91/2015/QH13, arts. 134-138)."""

    PARENT = "parent"
    APPOINTED = "appointed"
    AUTHORISED = "authorised"


class GlassReason(StrEnum):
    """Why a record out of scope is opened at once."""

    DANGER = "danger"
    CANNOT_SPEAK = "cannot_speak"
    BROUGHT_IN = "brought_in"
    COVERING = "covering"
    OTHER = "other"


class Verdict(StrEnum):
    """What a coordinator says of a record that was opened so."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class NoIdReason(StrEnum):
    """Why a patient has no personal number on record."""

    NOT_AT_HAND = "not_at_hand"
    NEWBORN = "newborn"
    NEVER_ISSUED = "never_issued"
    FOREIGNER = "foreigner"
    REFUSED = "refused"


ADULT_FROM: Final = 16
"""A child is under 16 (Law on Children 102/2016/QH13, art. 1)."""

HEARD_FROM: Final = 7
"""From 7 a child's own will is asked too (Law 91/2025/QH15, on children's data)."""

_OLDEST: Final = 130
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4})")
_MONTH = re.compile(r"(\d{1,2})[/.\-](\d{4})")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Birth:
    """When somebody was born, as exactly as it is known."""

    on: date
    precision: Precision

    @property
    def label(self) -> str:
        """The date as it is written in Vietnam: 25/11/1985, 11/1985 or 1985."""
        patterns = {Precision.DAY: "%d/%m/%Y", Precision.MONTH: "%m/%Y", Precision.YEAR: "%Y"}
        return self.on.strftime(patterns[self.precision])

    @property
    def latest(self) -> date:
        """The last day it may have been."""
        if self.precision is Precision.YEAR:
            return date(self.on.year, 12, 31)
        if self.precision is Precision.MONTH:
            following = date(self.on.year + self.on.month // 12, self.on.month % 12 + 1, 1)
            return date.fromordinal(following.toordinal() - 1)
        return self.on


def parse_birth(text: str, *, today: date) -> Birth:
    """Read a birth date typed as dd/mm/yyyy, mm/yyyy or yyyy (also ISO, and ddmmyyyy as cards have it).

    Raises `birth-invalid` for what is no date, `birth-no-such-day`, `birth-in-future` and `birth-too-old`.
    """
    birth = read_birth(text.strip())
    if birth is None:
        if any(form.fullmatch(text.strip()) for form in (_DAY, _COMPACT, _ISO, _MONTH)):
            raise InvalidError("birth-no-such-day", field="birth")
        raise InvalidError("birth-invalid", field="birth")
    if birth.on > today:
        raise InvalidError("birth-in-future", field="birth")
    if today.year - birth.on.year > _OLDEST:
        raise InvalidError("birth-too-old", field="birth")
    return birth


def read_birth(text: str) -> Birth | None:
    """Read a birth date in any of the forms people type; None for what is no date."""
    try:
        if match := _DAY.fullmatch(text) or _COMPACT.fullmatch(text):
            return Birth(date(int(match[3]), int(match[2]), int(match[1])), Precision.DAY)
        if match := _ISO.fullmatch(text):
            return Birth(date(int(match[1]), int(match[2]), int(match[3])), Precision.DAY)
        if match := _MONTH.fullmatch(text):
            return Birth(date(int(match[2]), int(match[1]), 1), Precision.MONTH)
        if _YEAR.fullmatch(text):
            return Birth(date(int(text), 1, 1), Precision.YEAR)
    except ValueError:
        return None
    return None


class AgeUnit(StrEnum):
    """What an age is counted in: the younger the child, the finer."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Age:
    """An age as people say it."""

    count: int
    unit: AgeUnit

    @property
    def label(self) -> str:
        """The age in Vietnamese: 12 ngày tuổi, 8 tháng tuổi, 2 tuổi, dưới 1 tuổi."""
        words = {AgeUnit.DAYS: "ngày tuổi", AgeUnit.MONTHS: "tháng tuổi", AgeUnit.YEARS: "tuổi"}
        if self.count == 0 and self.unit is not AgeUnit.DAYS:
            return f"dưới 1 {words[self.unit]}"
        return f"{self.count} {words[self.unit]}"


def age(birth: Birth, on: date) -> Age:
    """Return the age on a day: days in the first month, months under two years, then years.

    Never negative. Only what is known counts: of a birth year, the difference of years.
    """
    if birth.precision is Precision.YEAR:
        return Age(max(on.year - birth.on.year, 0), AgeUnit.YEARS)
    months = _months(birth.on, on)
    if months >= 24:
        return Age(months // 12, AgeUnit.YEARS)
    if months >= 1 or birth.precision is Precision.MONTH:
        return Age(months, AgeUnit.MONTHS)
    return Age(max((on - birth.on).days, 0), AgeUnit.DAYS)


def whole_years(born_on: date, on: date) -> int:
    """Return completed years; somebody born on 29/02 becomes older on 01/03 of other years."""
    return _months(born_on, on) // 12


def _months(born_on: date, on: date) -> int:
    months = (on.year - born_on.year) * 12 + on.month - born_on.month
    return max(months - (on.day < born_on.day), 0)


def is_child(birth: Birth, on: date) -> bool:
    """Tell whether the patient is, or may be, under 16 and so needs a guardian."""
    return whole_years(birth.latest, on) < ADULT_FROM


def is_heard(birth: Birth, on: date) -> bool:
    """Tell whether the patient is a child who is, or may be, 7 or older."""
    return is_child(birth, on) and whole_years(birth.on, on) >= HEARD_FROM


def adult_on(birth: Birth) -> date:
    """Return the day from which the patient is certainly no child: when guardianship of a parent ends."""
    latest = birth.latest
    try:
        return latest.replace(year=latest.year + ADULT_FROM)
    except ValueError:  # 29 February
        return date(latest.year + ADULT_FROM, 3, 1)


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """What a personal number (CCCD, 12 digits) says about its holder; only ever a hint.

    Three digits of the place of birth registration, one of century and sex, two of the year, six
    at random; no check digit (Decree 137/2015/ND-CP, art. 13).
    """

    digits: str

    @property
    def birth_year(self) -> int | None:
        """The year of birth it was made from, where the century digit is one in use."""
        century = int(self.digits[3]) // 2
        return 1900 + century * 100 + int(self.digits[4:6]) if century <= 4 else None

    @property
    def sex(self) -> Sex:
        """The sex it was made from."""
        return Sex.FEMALE if int(self.digits[3]) % 2 else Sex.MALE


def parse_cccd(text: str, *, field: str = "cccd") -> str:
    """Return the 12 digits of a personal number typed with or without spaces; raise `cccd-invalid`."""
    digits = re.sub(r"[\s.\-]", "", text)
    if not re.fullmatch(r"[0-9]{12}", digits):
        raise InvalidError("cccd-invalid", field=field)
    return digits


def cccd_warnings(digits: str, birth: Birth, sex: Sex) -> list[str]:
    """List what does not agree with the number; numbers are corrected late, so this never rejects."""
    number = PersonNumber(digits)
    warnings = []
    if number.birth_year != birth.on.year:
        warnings.append("cccd-year-differs")
    if sex is not Sex.OTHER and number.sex is not sex:
        warnings.append("cccd-sex-differs")
    return warnings


BHYT_FORMATS: Final = MappingProxyType(
    {
        "card_15": re.compile(r"[A-Z]{2}[1-5][0-9]{2}[0-9]{10}"),
        "social_10": re.compile(r"[0-9]{10}"),
        "personal_12": re.compile(r"[0-9]{12}"),
    }
)
"""The three forms in use side by side since 2025-08-15 (Decree 188/2025/ND-CP)."""


def parse_bhyt(text: str, *, field: str = "bhyt") -> str:
    """Return a health-insurance number in capitals without spaces; raise `bhyt-invalid`."""
    number = re.sub(r"[\s.\-]", "", text).upper()
    if not any(pattern.fullmatch(number) for pattern in BHYT_FORMATS.values()):
        raise InvalidError("bhyt-invalid", field=field)
    return number


def person_key(number: str) -> str:
    """Return the part of a CCCD or BHYT number that stays the same whichever form is shown.

    The 15-character card ends in the 10-digit social-insurance number; the newest form is the
    personal number itself.
    """
    return number[-10:] if len(number) == 15 else number


MRN_DIGITS: Final = 6


class Path(StrEnum):
    """Which index a search for a name walks along."""

    WORD = "word"
    BIRTH = "birth"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to search: along what, at which of the words, and whether all that is found can be sorted."""

    path: Path
    word: int = 0
    is_sorted: bool = True


SORTED_AT_MOST: Final = 2_000
"""So many candidates are looked at whole and what is found is sorted; of more, the first that fit."""

COUNTED_TO: Final = 10_000
"""So far the entries of an index are counted: beyond it one index is as good as another."""


def plan_search(words: Sequence[int], birth: int | None, scope: int) -> Plan:
    """Return how to search, by how many entries each word, the birth date and the scope have, counted up
    to `COUNTED_TO`.

    A walk along the scope or along birth dates looks at the patient of every entry, which costs about three
    times as much as the entry of a word, where the whole name stands: docs/decisions/0023. Of words that
    are all frequent the last is walked along: given names, which are typed last, differ most.
    """
    choices = [(_cost(count), Plan(Path.WORD, place)) for place, count in enumerate(words)][::-1]
    if birth is not None:
        choices.append((3 * _cost(birth), Plan(Path.BIRTH)))
    cost, plan = min(choices, key=lambda choice: choice[0])
    if 3 * _cost(scope) < cost:
        return Plan(Path.SCOPE)
    return replace(plan, is_sorted=cost <= SORTED_AT_MOST)


def _cost(count: int) -> int:
    """Return what a walk costs at most; of what was not counted to its end that is not known."""
    return count if count < COUNTED_TO else 100 * COUNTED_TO


REASON_AT_LEAST: Final = 10
REASON_AT_MOST: Final = 500
"""How many characters say why a record is opened, merged or parted."""
