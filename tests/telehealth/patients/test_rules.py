"""Numbers, birth dates, ages and searches, decided without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.patients import rules
from telehealth.patients.rules import AgeUnit, Birth, PersonNumber, Precision, Sex

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(1900, 1, 1), TODAY)


@pytest.mark.parametrize(
    ("typed", "on", "precision"),
    [
        ("12/05/1985", date(1985, 5, 12), Precision.DAY),
        ("2-9-1945", date(1945, 9, 2), Precision.DAY),
        ("1985-05-12", date(1985, 5, 12), Precision.DAY),
        ("12051985", date(1985, 5, 12), Precision.DAY),
        ("07/1966", date(1966, 7, 1), Precision.MONTH),
        (" 1949 ", date(1949, 1, 1), Precision.YEAR),
    ],
)
def test_a_birth_date_is_read_as_exactly_as_it_is_known(typed: str, on: date, precision: Precision) -> None:
    assert rules.parse_birth(typed, today=TODAY) == Birth(on, precision)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("31/02/1985", "birth-no-such-day"),
        ("13/1985", "birth-no-such-day"),
        ("32/07/1966", "birth-no-such-day"),
        ("năm con rồng", "birth-invalid"),
        ("", "birth-invalid"),
        ("24/11/2026", "birth-in-future"),
        ("2027", "birth-in-future"),
        ("1850", "birth-too-old"),
    ],
)
def test_what_is_no_birth_date_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        rules.parse_birth(typed, today=TODAY)
    assert (refusal.value.code, refusal.value.field) == (code, "birth")


@given(DAYS, st.sampled_from(Precision))
def test_a_printed_birth_date_can_be_typed_again(on: date, precision: Precision) -> None:
    first = {
        Precision.DAY: on,
        Precision.MONTH: on.replace(day=1),
        Precision.YEAR: on.replace(month=1, day=1),
    }
    birth = Birth(first[precision], precision)
    assert rules.parse_birth(birth.label, today=TODAY) == birth
    assert birth.on <= on <= birth.latest


@pytest.mark.parametrize(
    ("birth", "label"),
    [
        ("23/11/2026", "0 ngày tuổi"),
        ("11/11/2026", "12 ngày tuổi"),
        ("20/03/2026", "8 tháng tuổi"),
        ("24/11/2024", "23 tháng tuổi"),
        ("23/11/2024", "2 tuổi"),
        ("1949", "77 tuổi"),
        ("2026", "dưới 1 tuổi"),
        ("11/2026", "dưới 1 tháng tuổi"),
        ("07/1966", "60 tuổi"),
    ],
)
def test_an_age_is_said_as_people_say_it(birth: str, label: str) -> None:
    assert rules.age(rules.parse_birth(birth, today=TODAY), TODAY).label == label


@given(DAYS, DAYS)
def test_an_age_never_goes_back(born: date, other: date) -> None:
    birth = Birth(born, Precision.DAY)
    earlier, later = sorted((max(born, other), TODAY))
    units = list(AgeUnit)
    before, after = rules.age(birth, earlier), rules.age(birth, later)
    assert (units.index(before.unit), before.count) <= (units.index(after.unit), after.count)


@given(DAYS, st.sampled_from(Precision))
def test_a_child_is_one_until_it_certainly_is_none(on: date, precision: Precision) -> None:
    birth = Birth(on, precision)
    ends = rules.adult_on(birth)
    assert not rules.is_child(birth, ends)
    assert rules.is_child(birth, ends - timedelta(days=1))


def test_a_child_that_may_be_seven_is_heard() -> None:
    assert not rules.is_heard(Birth(date(2019, 11, 24), Precision.DAY), TODAY)
    assert rules.is_heard(Birth(date(2019, 11, 23), Precision.DAY), TODAY)
    assert rules.is_heard(Birth(date(2019, 1, 1), Precision.YEAR), TODAY)
    assert not rules.is_heard(Birth(date(1985, 1, 1), Precision.DAY), TODAY)


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.sampled_from(["", " ", "."]))
def test_any_twelve_digits_are_a_personal_number(digits: str, gap: str) -> None:
    typed = gap.join((digits[:3], digits[3:6], digits[6:]))
    assert rules.parse_cccd(typed) == digits


@given(st.text(max_size=20))
def test_anything_else_is_refused_as_a_personal_number(typed: str) -> None:
    assume(sum(c in "0123456789" for c in typed) != 12)
    with pytest.raises(InvalidError) as refusal:
        rules.parse_cccd(typed)
    assert refusal.value.code == "cccd-invalid"


def test_a_personal_number_hints_at_year_and_sex() -> None:
    number = PersonNumber("001185012345")
    assert (number.birth_year, number.sex) == (1985, Sex.FEMALE)
    assert PersonNumber("001202012345").birth_year == 2002


def test_a_personal_number_that_disagrees_warns() -> None:
    born = Birth(date(1985, 5, 12), Precision.DAY)
    assert rules.cccd_warnings("001185012345", born, Sex.FEMALE) == []
    assert rules.cccd_warnings("001185012345", born, Sex.MALE) == ["cccd-sex-differs"]
    assert rules.cccd_warnings("001186012345", born, Sex.OTHER) == ["cccd-year-differs"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("te1 35 0100000178", "TE1350100000178"),
        ("0100000178", "0100000178"),
        ("001185012345", "001185012345"),
    ],
)
def test_the_three_insurance_numbers_in_use_are_read(typed: str, number: str) -> None:
    assert rules.parse_bhyt(typed) == number


@pytest.mark.parametrize("typed", ["TE6350100000178", "12345", "TE135010000017", "T11350100000178"])
def test_other_insurance_numbers_are_refused(typed: str) -> None:
    with pytest.raises(InvalidError, match="bhyt-invalid"):
        rules.parse_bhyt(typed)


def test_the_old_card_and_the_social_number_are_one_key() -> None:
    assert rules.person_key("TE1350100000178") == rules.person_key("0100000178")
