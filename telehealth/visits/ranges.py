"""How a value lies in the range of its age: information for a clinician, with a source for each row.

The figures are data (data/ranges.toml) under a version label. They raise no alarm until a named clinician of
the deployment has approved that very version (`service/ranges.py`). Where the age is not known well enough to
name one row, a value is not judged at all.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from telehealth.patients.rules import Birth
from telehealth.visits.vitals import Range, as_range

DAYS: Final = {"d": Decimal(1), "m": Decimal("30.4375"), "y": Decimal("365.25")}


class Level(StrEnum):
    """How a value lies in its range, from the least to the most pressing."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    SOON = "soon"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class AgeSpan:
    """How old somebody is at least and at most, in days: of a birth year it is a whole year."""

    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One row: whom it is for by age in days (the end excluded), normal and soon, and who says so."""

    code: str
    from_age: str
    to_age: str
    normal: Range
    soon: Range
    source: str

    @property
    def from_days(self) -> int:
        """The age in days the row begins at."""
        return days_of(self.from_age)

    @property
    def to_days(self) -> int:
        """The age in days the row ends before."""
        return days_of(self.to_age)


@dataclass(frozen=True, slots=True)
class RangeSet:
    """A version of all ranges; `pregnant` stands instead of the others in a pregnancy."""

    version: str
    rows: tuple[RangeRow, ...]
    pregnant: tuple[RangeRow, ...]

    def find(self, code: str, age: AgeSpan | None, *, is_pregnant: bool = False) -> RangeRow | None:
        """Find the one row for an age; None where there is none, or the age may fall into two."""
        if age is None:
            return None
        of_code = [row for row in (self.pregnant if is_pregnant else self.rows) if row.code == code]
        fitting = [row for row in of_code if row.from_days <= age.youngest and age.oldest < row.to_days]
        return fitting[0] if fitting else None


def days_of(age: str) -> int:
    """Return an age such as `12d`, `6m` or `2y` in whole days."""
    return int(int(age[:-1]) * DAYS[age[-1]])


def read_ranges(text: str) -> RangeSet:
    """Read a file of ranges; raise KeyError or ValueError for one that is not whole."""
    content: dict[str, Any] = tomllib.loads(text)
    sources = content["sources"]

    def rows(name: str) -> tuple[RangeRow, ...]:
        return tuple(
            RangeRow(code, start, end, as_range(normal), as_range(soon), sources[source])
            for code, start, end, normal, soon, source in content[name]
        )

    return RangeSet(content["version"], rows("rows"), rows("pregnant"))


RANGES: Final = read_ranges(files("telehealth.visits").joinpath("data/ranges.toml").read_text("utf-8"))
"""The ranges of this release."""


def age_span(birth: Birth, on: date) -> AgeSpan:
    """Return how old somebody is on a day, as far as the birth date is known; never negative."""
    return AgeSpan(max((on - birth.latest).days, 0), max((on - birth.on).days, 0))


def judge(code: str, value: Decimal, age: AgeSpan | None, *, is_pregnant: bool = False) -> Level:
    """Judge a value as information; unknown where no one row is for this person."""
    row = RANGES.find(code, age, is_pregnant=is_pregnant)
    return level_in(row, value) if row is not None else Level.UNKNOWN


def level_in(row: RangeRow, value: Decimal) -> Level:
    """Judge a value within a row."""
    if row.normal[0] <= value <= row.normal[1]:
        return Level.NORMAL
    return Level.SOON if row.soon[0] <= value <= row.soon[1] else Level.URGENT
