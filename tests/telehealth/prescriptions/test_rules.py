"""Amounts, names, ages: what can be told from a line without asking anybody."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.patients.rules import Birth, Precision
from telehealth.prescriptions.rules import (
    MOMENTS,
    Line,
    accept_amount,
    accept_line,
    age_in_months,
    computed_total,
    daily_amount,
    may_be_small_child,
    names_in,
    quantity_text,
    sounds,
    total_of,
)

amounts = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(9999), places=3)
counts = st.integers(1, 24)
days = st.integers(1, 90)


@given(amounts, counts, days)
def test_a_total_is_the_next_whole_unit_and_never_less_than_is_taken(
    dose: Decimal, times: int, lasting: int
) -> None:
    line = Line(generic_name="A", dose=dose, times=times, days=lasting)
    total = computed_total(line)
    assert total is not None
    assert total == total.to_integral_value()
    assert dose * times * lasting <= total < dose * times * lasting + 1


@given(st.dictionaries(st.sampled_from(MOMENTS), amounts, min_size=1), amounts, counts, days)
def test_amounts_by_the_time_of_day_stand_instead_of_dose_and_times(
    moments: dict[str, Decimal], dose: Decimal, times: int, lasting: int
) -> None:
    line = Line(generic_name="A", dose=dose, times=times, moments=moments, days=lasting)
    assert daily_amount(line) == sum(moments.values())


@given(amounts, counts, days, st.decimals(min_value=1, max_value=99_999, places=0))
def test_a_stated_total_stands_and_the_computed_one_stays_known(
    dose: Decimal, times: int, lasting: int, stated: Decimal
) -> None:
    line = Line(generic_name="A", dose=dose, times=times, days=lasting, total=stated)
    assert total_of(line) == stated
    assert computed_total(line) == computed_total(
        Line(generic_name="A", dose=dose, times=times, days=lasting)
    )


@given(amounts)
def test_an_amount_on_paper_reads_back_as_itself_and_has_two_figures_before_the_comma(
    amount: Decimal,
) -> None:
    text = quantity_text(amount)
    assert len(text.partition(",")[0]) >= 2
    assert Decimal(text.replace(",", ".")) == amount


@pytest.mark.parametrize(
    ("amount", "text"), [("5", "05"), ("10", "10"), ("2.50", "02,5"), ("100", "100"), ("0.5", "00,5")]
)
def test_an_amount_on_paper(amount: str, text: str) -> None:
    assert quantity_text(Decimal(amount)) == text


def test_nothing_is_computed_from_half_a_line() -> None:
    assert computed_total(Line(generic_name="A", dose=Decimal(1), times=2)) is None
    assert computed_total(Line(generic_name="A", days=2)) is None


@pytest.mark.parametrize("bad", ["0", "-1", "10000", "0.0001", "NaN", "Infinity"])
def test_an_impossible_amount_is_refused(bad: str) -> None:
    with pytest.raises(InvalidError, match="amount-invalid"):
        accept_amount(Decimal(bad), field="dose")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"days": 91}, "count-invalid"),
        ({"days": 0}, "count-invalid"),
        ({"times": 25}, "count-invalid"),
        ({"generic_name": " "}, "medicine-unnamed"),
        ({"strength": "x" * 201}, "line-too-long"),
        ({"instructions": "x" * 501}, "line-too-long"),
    ],
)
def test_a_wrong_line_is_refused(changed: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        accept_line(Line(**{"generic_name": "A", **changed}))  # type: ignore[arg-type]


def test_a_line_is_stored_trimmed_and_without_empty_moments() -> None:
    line = accept_line(Line(generic_name="  Amlodipin ", moments={"morning": Decimal(1), "noon": Decimal(0)}))
    assert line.generic_name == "Amlodipin"
    assert line.moments == {"morning": Decimal(1)}


def test_a_line_by_the_time_of_day_has_no_other_dose() -> None:
    both = Line(generic_name="A", dose=Decimal(1), times=3, moments={"morning": Decimal(2)}, days=5)
    line = accept_line(both)
    assert (line.dose, line.times, line.moments) == (None, None, {"morning": Decimal(2)})
    emptied = accept_line(replace(both, moments={"morning": Decimal(0)}))
    assert (emptied.dose, emptied.times) == (1, 3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amoxicillin", "amoxicilin"),
        ("Cephalexin", "Cefalexin"),
        ("Erythromycin", "eritromicin"),
        ("Chlorpheniramine", "clorpheniramin"),
        ("Quinolone", "kinolon"),
        ("Paracetamol", "paracetamon"),
    ],
)
def test_names_of_medicines_sound_alike_however_they_are_spelt(one: str, other: str) -> None:
    assert sounds(one) == sounds(other)


def test_names_are_found_as_whole_words_in_order() -> None:
    told = "Dị ứng Penicillin (nổi mề đay), hải sản"
    assert names_in(told, ("penicilin", "cefalexin")) == ("penicilin",)
    assert names_in("penicilin8", ("penicilin",)) == ()
    assert names_in("chống beta lactam", ("beta lactam", "betalactam")) == ("beta lactam",), "once"
    assert names_in("kháng viêm không steroid", ("kháng viêm không steroid",))
    assert names_in("steroid không", ("không steroid",)) == ()


def test_months_of_life_are_those_completed() -> None:
    born = Birth(date(2022, 5, 20), Precision.DAY)
    assert age_in_months(born, date(2026, 5, 19)) == 47
    assert age_in_months(born, date(2026, 5, 20)) == 48


def test_who_may_be_a_small_child_counts_as_one() -> None:
    on = date(2026, 11, 23)
    assert may_be_small_child(Birth(date(2020, 11, 24), Precision.DAY), on)
    assert not may_be_small_child(Birth(date(2020, 11, 23), Precision.DAY), on)
    assert may_be_small_child(Birth(date(2020, 1, 1), Precision.YEAR), on)
    assert not may_be_small_child(Birth(date(2019, 1, 1), Precision.YEAR), on)
    assert age_in_months(Birth(date(2022, 1, 1), Precision.YEAR), on) is None
