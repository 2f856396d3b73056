"""Vital signs: codes, units, what is possible, and ranges shown as information.

LOINC and UCUM identify a value in exchange. The adult ranges are the scoring bands of NEWS2 (Royal
College of Physicians, National Early Warning Score 2, 2017): score 0 normal, 1-2 soon, 3 now. They
are information for a clinician, not an alarm, and are judged only from 16 years on.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError

RANGE_SOURCE: Final = "NEWS2, Royal College of Physicians 2017"
ADULT_FROM_YEARS: Final = 16


class Level(StrEnum):
    """How a value lies in its range."""

    NORMAL = "normal"
    SOON = "soon"
    URGENT = "urgent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Vital:
    """One measurement: `lowest`..`highest` can be stored, `usual` is asked about beyond.

    `normal` and `soon` are closed intervals in the unit; what lies outside both is urgent.
    """

    code: str
    loinc: str
    ucum: str
    unit: str
    decimals: int
    lowest: Decimal
    highest: Decimal
    usual: tuple[Decimal, Decimal]
    normal: tuple[Decimal, Decimal] | None = None
    soon: tuple[Decimal, Decimal] | None = None


def _d(low: str, high: str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


_ALL = (
    Vital("systolic", "8480-6", "mm[Hg]", "mmHg", 0, *_d("30", "320"), _d("70", "220"), _d("111", "219"), _d("91", "219")),
    Vital("diastolic", "8462-4", "mm[Hg]", "mmHg", 0, *_d("10", "220"), _d("40", "130")),
    Vital("pulse", "8867-4", "/min", "/phút", 0, *_d("10", "300"), _d("40", "180"), _d("51", "90"), _d("41", "130")),
    Vital("temperature", "8310-5", "Cel", "°C", 1, *_d("25", "45"), _d("34", "41"), _d("36.1", "38.0"), _d("35.1", "39.0")),
    Vital("spo2", "2708-6", "%", "%", 0, *_d("20", "100"), _d("80", "100"), _d("96", "100"), _d("92", "100")),
    Vital("respiratory_rate", "9279-1", "/min", "/phút", 0, *_d("3", "120"), _d("8", "60"), _d("12", "20"), _d("9", "24")),
    Vital("weight", "29463-7", "kg", "kg", 1, *_d("0.3", "350"), _d("1.5", "150")),
    Vital("height", "8302-2", "cm", "cm", 1, *_d("20", "250"), _d("40", "200")),
    Vital("glucose", "14743-9", "mmol/L", "mmol/L", 1, *_d("0.5", "60"), _d("2.5", "25")),
)  # fmt: skip

VITALS: Final = MappingProxyType({vital.code: vital for vital in _ALL})
"""Every measurement a station takes, by its code, in the order pages show them."""


def accept(code: str, value: Decimal) -> Decimal:
    """Return a value that can be stored; raise `vital-unknown` or `vital-impossible`."""
    vital = VITALS.get(code)
    if vital is None:
        raise InvalidError("vital-unknown", field=code)
    if not vital.lowest <= value <= vital.highest:
        raise InvalidError("vital-impossible", field=code, low=str(vital.lowest), high=str(vital.highest))
    exact = value.quantize(Decimal(1).scaleb(-vital.decimals))
    if exact != value:
        raise InvalidError("vital-too-precise", field=code, decimals=vital.decimals)
    return exact


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
