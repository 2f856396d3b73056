"""Measurements: codes, units, what is possible, what is asked about (data/measurements.toml).

LOINC and UCUM identify a value in exchange. How a value lies in the range of an age is in `ranges.py`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError

Range = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Vital:
    """One measurement: what lies outside `possible` is refused, outside `usual` asked about."""

    code: str
    loinc: str
    ucum: str
    unit: str
    decimals: int
    possible: Range
    usual: Range
    is_routine: bool = False


def as_range(text: str) -> Range:
    """Return the closed interval of two numbers: `36.1 38.0`."""
    low, high = text.split()
    return Decimal(low), Decimal(high)


def _read() -> dict[str, Vital]:
    text = files("telehealth.visits").joinpath("data/measurements.toml").read_text("utf-8")
    found = {}
    for row in tomllib.loads(text)["measurement"]:
        possible, usual = as_range(row.pop("possible")), as_range(row.pop("usual"))
        found[row["code"]] = Vital(**row, possible=possible, usual=usual)
    return found


MEASUREMENTS: Final = MappingProxyType(_read())
"""Everything that is measured, by its code, in the order pages show it."""

VITALS: Final = MappingProxyType({code: each for code, each in MEASUREMENTS.items() if each.is_routine})
"""What a station takes of everybody; the others are asked for by the template of the visit."""

BMI: Final = Vital(
    "bmi", "39156-5", "kg/m2", "kg/m²", 1, (Decimal(5), Decimal(150)), (Decimal(10), Decimal(60))
)
"""Computed from weight and height, never typed and never stored."""


GLUCOSE: Final = frozenset({"glucose", "glucose_fasting"})
MGDL_OF_MMOL: Final = Decimal("18.016")
"""Milligrams a decilitre of one mmol/L of glucose: some meters of stations show them."""
_MGDL_FROM: Final = Decimal(20)
"""From here on a figure is likelier mg/dL than mmol/L."""


def as_mmol(code: str, value: Decimal) -> Decimal | None:
    """Return what a figure would be in mmol/L, were the meter in mg/dL; None where it hardly is."""
    if code not in GLUCOSE or not value.is_finite() or value < _MGDL_FROM:
        return None
    mmol = (value / MGDL_OF_MMOL).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    low, high = MEASUREMENTS[code].possible
    return mmol if low <= mmol <= high else None


def accept(code: str, value: Decimal) -> Decimal:
    """Return a value that can be stored.

    Raises `vital-unknown`, `vital-impossible`, `glucose-in-mgdl` (of what is impossible, the other unit) or
    `vital-too-precise`.
    """
    vital = MEASUREMENTS.get(code)
    if vital is None:
        raise InvalidError("vital-unknown", field=code)
    low, high = vital.possible
    if not (value.is_finite() and low <= value <= high):
        mmol = as_mmol(code, value)
        if mmol is not None:
            raise InvalidError("glucose-in-mgdl", field=code, mgdl=str(value), mmol=str(mmol))
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
    low, high = MEASUREMENTS[code].usual
    return not low <= value <= high


def bmi(weight_kg: Decimal, height_cm: Decimal) -> Decimal | None:
    """Return kg/m² with one decimal; nothing where the two cannot belong to one person."""
    metres = height_cm / 100
    if not metres:
        return None
    value = (weight_kg / (metres * metres)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    low, high = BMI.possible
    return value if low <= value <= high else None


KNOWN: Final = MappingProxyType({**MEASUREMENTS, BMI.code: BMI})
"""Everything a record may show, computed values included."""


def exact_text(code: str, value: Decimal) -> str:
    """Return a value as signed documents write it: with all decimals of its measurement, `37.0`."""
    return format(value.quantize(Decimal(1).scaleb(-KNOWN[code].decimals)), "f")
