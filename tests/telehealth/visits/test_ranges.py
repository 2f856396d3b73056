"""Ranges by age: one row for each age at most, in order, from a source; unknown where the age is."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.patients.rules import Birth, Precision
from telehealth.visits.ranges import (
    DAYS,
    RANGES,
    AgeSpan,
    Level,
    RangeRow,
    age_span,
    days_of,
    judge,
    level_in,
)
from telehealth.visits.vitals import KNOWN, MEASUREMENTS, bmi

ALL_ROWS = (*RANGES.rows, *RANGES.pregnant)


def aged(age: str) -> AgeSpan:
    """Exactly so old."""
    return AgeSpan(days_of(age), days_of(age))


@pytest.mark.parametrize(
    ("code", "value", "age", "level"),
    [
        ("spo2", "96", "40y", Level.NORMAL),
        ("spo2", "95", "40y", Level.SOON),
        ("spo2", "91", "40y", Level.URGENT),
        ("spo2", "89", "2y", Level.URGENT),
        ("systolic", "111", "16y", Level.NORMAL),
        ("systolic", "158", "40y", Level.SOON),
        ("systolic", "180", "40y", Level.URGENT),
        ("systolic", "90", "40y", Level.URGENT),
        ("systolic", "71", "1y", Level.URGENT),
        ("diastolic", "94", "40y", Level.SOON),
        ("diastolic", "120", "40y", Level.URGENT),
        ("temperature", "38.1", "40y", Level.SOON),
        ("temperature", "37.6", "10d", Level.URGENT),
        ("temperature", "37.6", "4y", Level.SOON),
        ("pulse", "150", "1m", Level.NORMAL),
        ("pulse", "150", "40y", Level.URGENT),
        ("respiratory_rate", "40", "4m", Level.NORMAL),
        ("respiratory_rate", "40", "10y", Level.URGENT),
        ("muac", "11.4", "2y", Level.URGENT),
        ("muac", "12.4", "2y", Level.SOON),
        ("muac", "11.4", "6y", Level.UNKNOWN),
        ("glucose_fasting", "7.1", "40y", Level.SOON),
        ("weight", "47.5", "40y", Level.UNKNOWN),
    ],
)
def test_ranges_follow_their_source_by_age(code: str, value: str, age: str, level: Level) -> None:
    assert judge(code, Decimal(value), aged(age)) is level


def test_nobody_is_judged_whose_age_is_not_known() -> None:
    assert judge("pulse", Decimal(150), None) is Level.UNKNOWN


def test_in_a_pregnancy_only_its_own_rows_count() -> None:
    age = aged("28y")
    assert judge("glucose", Decimal(9), age) is Level.SOON
    assert judge("glucose", Decimal(9), age, is_pregnant=True) is Level.UNKNOWN
    assert judge("systolic", Decimal(150), age, is_pregnant=True) is Level.SOON
    assert judge("systolic", Decimal(160), age, is_pregnant=True) is Level.URGENT
    assert judge("fetal_heart_rate", Decimal(95), age, is_pregnant=True) is Level.URGENT
    assert judge("fetal_heart_rate", Decimal(95), age) is Level.UNKNOWN


@pytest.mark.parametrize(
    ("code", "soon", "urgent"),
    [
        ("pulse", "110", "121"),
        ("respiratory_rate", "24", "31"),
        ("temperature", "35.5", "38.1"),
        ("spo2", None, "94"),
        ("gcs", "13", "8"),
    ],
)
def test_what_is_dangerous_in_a_pregnancy_is_never_left_unjudged(
    code: str, soon: str | None, urgent: str
) -> None:
    age = aged("28y")
    assert judge(code, Decimal(urgent), age, is_pregnant=True) is Level.URGENT
    assert soon is None or judge(code, Decimal(soon), age, is_pregnant=True) is Level.SOON


def test_a_birth_year_is_judged_only_where_the_whole_year_lies_in_one_row() -> None:
    today = date(2026, 11, 23)
    grown = age_span(Birth(date(1986, 1, 1), Precision.YEAR), today)
    assert judge("pulse", Decimal(72), grown) is Level.NORMAL
    on_the_edge = age_span(Birth(date(2010, 1, 1), Precision.YEAR), today)
    assert on_the_edge.youngest < days_of("16y") <= on_the_edge.oldest
    assert judge("pulse", Decimal(72), on_the_edge) is Level.UNKNOWN


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: f"{row.code}-{row.from_age}")
def test_every_row_is_in_order_of_a_known_unit_and_names_its_source(row: RangeRow) -> None:
    assert row.code in KNOWN
    assert row.source
    assert row.from_days < row.to_days
    low, high = KNOWN[row.code].possible
    assert low <= row.soon[0] <= row.normal[0] <= row.normal[1] <= row.soon[1] <= high
    for limit in (*row.normal, *row.soon):
        assert limit == limit.quantize(Decimal(1).scaleb(-KNOWN[row.code].decimals))


@given(code=st.sampled_from(sorted({row.code for row in RANGES.rows})), days=st.integers(0, days_of("130y")))
def test_an_age_falls_into_one_row_of_a_measurement_at_most(code: str, days: int) -> None:
    assert sum(row.code == code and row.from_days <= days < row.to_days for row in RANGES.rows) <= 1


@given(row=st.sampled_from(ALL_ROWS), data=st.data())
def test_moving_away_from_normal_never_grows_less_pressing(row: RangeRow, data: st.DataObject) -> None:
    low, high = KNOWN[row.code].possible
    values = st.decimals(low, high, places=KNOWN[row.code].decimals)
    order = [Level.NORMAL, Level.SOON, Level.URGENT]
    nearer, further = sorted((data.draw(values), data.draw(values)))
    if nearer >= row.normal[0]:
        assert order.index(level_in(row, nearer)) <= order.index(level_in(row, further))
    if further <= row.normal[1]:
        assert order.index(level_in(row, further)) <= order.index(level_in(row, nearer))


@pytest.mark.parametrize("code", ["pulse", "respiratory_rate"])
def test_hearts_and_breath_slow_down_with_age(code: str) -> None:
    rows = sorted((row for row in RANGES.rows if row.code == code), key=lambda row: row.from_days)
    children = [row for row in rows if row.from_days < days_of("16y")]
    highs = [row.normal[1] for row in children]
    assert highs == sorted(highs, reverse=True)
    assert [row.to_age for row in rows[:-1]] != []
    for earlier, later in pairwise(rows):
        assert earlier.to_days == later.from_days, "no age is left out between two rows"


def test_ages_are_days() -> None:
    assert (days_of("10d"), days_of("1m"), days_of("1y")) == (10, 30, 365)
    assert set(DAYS) == {"d", "m", "y"}


@given(weight=st.decimals("0.3", "350", places=1), height=st.decimals("20", "250", places=1))
def test_a_body_mass_index_is_right_or_not_there(weight: Decimal, height: Decimal) -> None:
    index = bmi(weight, height)
    exact = weight / (height / 100) ** 2
    if index is None:
        assert exact < 5 or exact > 150
    else:
        assert abs(index - exact) <= Decimal("0.05")


def test_every_measurement_has_its_code_and_unit() -> None:
    loincs = [each.loinc for each in MEASUREMENTS.values()]
    assert len(loincs) == len(set(loincs))
    for each in KNOWN.values():
        number, check = each.loinc.split("-")
        assert luhn(number) == int(check), each.code
        assert each.ucum
        assert each.possible[0] <= each.usual[0] < each.usual[1] <= each.possible[1]


def luhn(number: str) -> int:
    """The check digit LOINC appends to a number (mod 10)."""
    doubled = [int(digit) * (2 if index % 2 == 0 else 1) for index, digit in enumerate(number[::-1])]
    return -sum(sum(map(int, str(each))) for each in doubled) % 10
