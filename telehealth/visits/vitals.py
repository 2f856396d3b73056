"""Vital signs: codes, units, what is possible, and ranges shown as information.

LOINC and UCUM identify a value in exchange. The adult ranges are the scoring bands of NEWS2 (Royal
College of Physicians, National Early Warning Score 2, 2017): score 0 normal, 1-2 soon, 3 now. NEWS2
warns of acute illness and knows no high pressure below 220, so above, pressure follows the usual
limits of hypertension (140/90; WHO guideline 2021) and of its crisis (180/120; ACC/AHA 2017).
Ranges are information for a clinician, not an alarm, and are judged only from 16 years on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError

ADULT_FROM_YEARS: Final = 16


class Level(StrEnum):
    """How a value lies in its range, from the least to the most pressing."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    SOON = "soon"
    URGENT = "urgent"


Range = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Vital:
    """One measurement: what lies outside `possible` is refused, outside `usual` asked about.

    `normal` and `soon` are closed intervals in the unit; what lies outside both is urgent.
    """

    code: str
    loinc: str
    ucum: str
    unit: str
    decimals: int
    possible: Range
    usual: Range
    normal: Range | None = None
    soon: Range | None = None


def _r(text: str) -> Range:
    low, high = text.split()
    return Decimal(low), Decimal(high)


_ALL = (
    Vital("systolic", "8480-6", "mm[Hg]", "mmHg", 0, _r("30 320"), _r("70 220"), _r("111 139"), _r("91 179")),
    Vital("diastolic", "8462-4", "mm[Hg]", "mmHg", 0, _r("10 220"), _r("40 130"), _r("10 89"), _r("10 119")),
    Vital("pulse", "8867-4", "/min", "/phút", 0, _r("10 300"), _r("40 180"), _r("51 90"), _r("41 130")),
    Vital(
        "temperature", "8310-5", "Cel", "°C", 1, _r("25 45"), _r("34 41"), _r("36.1 38.0"), _r("35.1 39.0")
    ),
    Vital("spo2", "2708-6", "%", "%", 0, _r("20 100"), _r("80 100"), _r("96 100"), _r("92 100")),
    Vital("respiratory_rate", "9279-1", "/min", "/phút", 0, _r("3 120"), _r("8 60"), _r("12 20"), _r("9 24")),
    Vital("weight", "29463-7", "kg", "kg", 1, _r("0.3 350"), _r("1.5 150")),
    Vital("height", "8302-2", "cm", "cm", 1, _r("20 250"), _r("40 200")),
    Vital("glucose", "14743-9", "mmol/L", "mmol/L", 1, _r("0.5 60"), _r("2.5 25")),
)

VITALS: Final = MappingProxyType({vital.code: vital for vital in _ALL})
"""Every measurement a station takes, by its code, in the order pages show them."""


def accept(code: str, value: Decimal) -> Decimal:
    """Return a value that can be stored.

    Raises `vital-unknown`, `vital-impossible` or `vital-too-precise`.
    """
    vital = VITALS.get(code)
    if vital is None:
        raise InvalidError("vital-unknown", field=code)
    low, high = vital.possible
    if not (value.is_finite() and low <= value <= high):
        raise InvalidError("vital-impossible", field=code, low=str(low), high=str(high))
    exact = value.quantize(Decimal(1).scaleb(-vital.decimals))
    if exact != value:
        raise InvalidError("vital-too-precise", field=code, decimals=vital.decimals)
    return exact


def accept_all(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return values that can be stored together; raise as `accept` does, and `pressure-reversed`."""
    accepted = {code: accept(code, value) for code, value in values.items()}
    systolic, diastolic = accepted.get("systolic"), accepted.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise InvalidError("pressure-reversed", field="diastolic")
    return accepted


def is_unusual(code: str, value: Decimal) -> bool:
    """Tell whether a page should ask once more before it takes the value."""
    low, high = VITALS[code].usual
    return not low <= value <= high


def level(code: str, value: Decimal, age_years: int | None) -> Level:
    """Judge a value as information; unknown for children and where no source was adopted."""
    vital = VITALS[code]
    if vital.normal is None or vital.soon is None or age_years is None or age_years < ADULT_FROM_YEARS:
        return Level.UNKNOWN
    if vital.normal[0] <= value <= vital.normal[1]:
        return Level.NORMAL
    return Level.SOON if vital.soon[0] <= value <= vital.soon[1] else Level.URGENT
