"""Kinds of facts and what may be written of them; how far a pregnancy is."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import nfc
from telehealth.patients.rules import Sex
from telehealth.visits.ranges import AgeSpan, days_of

FACT_LIMIT: Final = 200
FACTS_AT_MOST: Final = 60

TERM_DAYS: Final = 280
"""From the first day of the last period to the due date (Naegele)."""
LONGEST_DAYS: Final = 308
"""44 weeks: a pregnancy that long is a date that is wrong, or one that ended."""
MOST_PREGNANCIES: Final = 25
_FERTILE: Final = (days_of("10y"), days_of("60y"))


class FactKind(StrEnum):
    """What is carried forward."""

    PROBLEM = "problem"
    MEDICINE = "medicine"
    ALLERGY = "allergy"


class FactStatus(StrEnum):
    """Whether it still holds; a mistake is kept, as one."""

    ACTIVE = "active"
    ENDED = "ended"
    MISTAKEN = "mistaken"


class DatedBy(StrEnum):
    """What a pregnancy is dated by."""

    LMP = "lmp"
    EDD = "edd"


@dataclass(frozen=True, slots=True)
class Gestation:
    """How far a pregnancy is on a day, and when the child is due."""

    days: int
    due_on: date

    @property
    def began_on(self) -> date:
        """Day of the last period, as it is or as it follows from the due day."""
        return self.due_on - timedelta(days=TERM_DAYS)

    @property
    def weeks(self) -> int:
        """Completed weeks."""
        return self.days // 7

    @property
    def label(self) -> str:
        """Weeks and days as midwives write them: 31+2."""
        return f"{self.weeks}+{self.days % 7}"

    @property
    def is_over(self) -> bool:
        """Tell whether it is longer than a pregnancy can be."""
        return self.days > LONGEST_DAYS


def gestation(dated_by: DatedBy, dated_on: date, on: date) -> Gestation:
    """Return how far a pregnancy is on a day; never negative."""
    began = dated_on if dated_by is DatedBy.LMP else dated_on - timedelta(days=TERM_DAYS)
    return Gestation(max((on - began).days, 0), began + timedelta(days=TERM_DAYS))


def accept_dating(dated_by: DatedBy, dated_on: date, *, today: date) -> Gestation:
    """Return how far a pregnancy is by a date that can be; raise `pregnancy-date` for one that cannot."""
    began = dated_on if dated_by is DatedBy.LMP else dated_on - timedelta(days=TERM_DAYS)
    if not 0 <= (today - began).days <= LONGEST_DAYS:
        raise InvalidError("pregnancy-date", field="dated_on")
    return gestation(dated_by, dated_on, today)


def may_be_pregnant(sex: Sex, age: AgeSpan) -> bool:
    """Tell whether a pregnancy can be noted of somebody: not of men, children and the old."""
    return sex is not Sex.MALE and age.oldest >= _FERTILE[0] and age.youngest < _FERTILE[1]


def accept_births(gravida: int | None, para: int | None) -> None:
    """Raise `pregnancy-births` for numbers that cannot be: this pregnancy counts, and is not born yet."""
    for field, number, least in (("gravida", gravida, 1), ("para", para, 0)):
        if number is not None and not least <= number <= MOST_PREGNANCIES:
            raise InvalidError("pregnancy-births", field=field)
    if gravida is not None and para is not None and para > gravida:
        raise InvalidError("pregnancy-births", field="para")


def accept_fact(text: str) -> str:
    """Return a fact as stored; raise `fact-empty`, `fact-too-long`."""
    cleaned = nfc(text)
    if not cleaned:
        raise InvalidError("fact-empty", field="text")
    if len(cleaned) > FACT_LIMIT:
        raise InvalidError("fact-too-long", field="text", limit=FACT_LIMIT)
    return cleaned
