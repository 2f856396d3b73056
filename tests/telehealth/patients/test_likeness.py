"""How alike two records are: which pairs are meant, and what holds for all pairs."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.patients.likeness import POINTS, Described, Reason, compare
from telehealth.patients.rules import Birth, Precision, Sex

LUA = Described(
    folded_name="ly thi lua",
    birth=Birth(date(1985, 5, 12), Precision.DAY),
    sex=Sex.FEMALE,
    phones=frozenset({"a"}),
    address="Thôn Nà Ít, xã Phủ Thông",
    number="n1",
)
ELSEWHERE = {"phones": frozenset({"b"}), "address": "xã Bình Yên", "number": None}


def year(number: int) -> Birth:
    return Birth(date(number, 1, 1), Precision.YEAR)


@pytest.mark.parametrize(
    ("changes", "is_probable"),
    [
        ({}, True),
        ({**ELSEWHERE, "birth": year(1985)}, True),
        ({**ELSEWHERE, "folded_name": "ly lua"}, True),
        ({**ELSEWHERE, "folded_name": "thi lua ly"}, True),
        ({**ELSEWHERE, "folded_name": "ly thi lue"}, True),
        ({**ELSEWHERE, "birth": Birth(date(1985, 12, 5), Precision.DAY)}, True),
        ({"birth": year(1986), "number": None}, True),
        ({"folded_name": "ban van nai", "birth": year(2010), "sex": Sex.MALE, "number": None}, False),
        ({"folded_name": "ly thi mai", "birth": year(1949), "number": None}, False),
        ({**ELSEWHERE, "folded_name": "ly thu lua", "birth": year(1985)}, False),
        ({**ELSEWHERE, "birth": year(1949)}, False),
        ({"number": "n2"}, False),
    ],
    ids=str,
)
def test_who_is_asked_about(changes: dict[str, object], is_probable: bool) -> None:
    assert compare(LUA, replace(LUA, **changes)).is_probable == is_probable


def test_the_reasons_say_what_counted() -> None:
    likeness = compare(LUA, replace(LUA, birth=year(1985), sex=Sex.MALE, phones=frozenset()))
    assert likeness.reasons == (
        Reason.SAME_NAME,
        Reason.BIRTH_MAY_BE,
        Reason.SAME_PLACE,
        Reason.SEX_DIFFERS,
    )
    assert likeness.points == 55


NAMES = st.lists(st.sampled_from(["ly", "thi", "lua", "van", "lue", "ban"]), min_size=1, max_size=4)
BIRTHS = st.builds(
    lambda on, precision: Birth(
        {
            Precision.DAY: on,
            Precision.MONTH: on.replace(day=1),
            Precision.YEAR: on.replace(month=1, day=1),
        }[precision],
        precision,
    ),
    st.dates(date(1984, 1, 1), date(1987, 12, 31)),
    st.sampled_from(Precision),
)
PEOPLE = st.builds(
    Described,
    folded_name=NAMES.map(" ".join),
    birth=BIRTHS,
    sex=st.sampled_from(Sex),
    phones=st.frozensets(st.sampled_from("ab"), max_size=2),
    address=st.sampled_from(["", "Thôn 1, xã Phủ Thông", "xã Phủ Thông, Thái Nguyên", "Bình Yên"]),
    number=st.sampled_from([None, "n1", "n2"]),
)


@given(PEOPLE, PEOPLE)
def test_it_makes_no_difference_who_comes_first(one: Described, other: Described) -> None:
    assert compare(one, other) == compare(other, one)


@given(PEOPLE, PEOPLE)
def test_points_are_those_of_the_reasons_and_stay_within_a_hundred(one: Described, other: Described) -> None:
    found = compare(one, other)
    assert found.points == max(0, min(100, sum(POINTS[reason] for reason in found.reasons)))
    assert len(set(found.reasons)) == len(found.reasons)


@given(PEOPLE, PEOPLE)
def test_nobody_is_more_alike_than_the_same_record(one: Described, other: Described) -> None:
    assert compare(one, one).points >= compare(one, other).points or one.birth != other.birth


@given(PEOPLE, PEOPLE)
def test_a_fact_that_agrees_never_makes_two_less_alike(one: Described, other: Described) -> None:
    before = compare(one, other).points
    for fact in ("folded_name", "phones", "address"):
        after = compare(one, replace(other, **{fact: getattr(one, fact)})).points
        assert after >= before, fact


@given(PEOPLE, PEOPLE, st.sampled_from(["", "Thôn 9"]))
def test_two_numbers_are_two_people(one: Described, other: Described, address: str) -> None:
    both = (replace(one, number="n1", address=address), replace(other, number="n2"))
    assert not compare(*both).is_probable
