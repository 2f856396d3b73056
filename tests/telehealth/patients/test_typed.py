"""What is typed, pasted or scanned, taken apart without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.patients.rules import Birth, Path, Plan, Precision, Sex, plan_search
from telehealth.patients.typed import CardText, SearchText, read_card, read_search

TODAY = date(2026, 11, 23)
IN_1985 = Birth(date(1985, 1, 1), Precision.YEAR)
CARD = "012345678901||Nguyễn Văn A|01011985|Nam|Thôn 1, xã Phủ Thông|02022021"
NAME = "Lý Thị Lụa".encode().hex()
PLACE = "Thôn Nà Ít, xã Phủ Thông".encode().hex()
INSURANCE = f"TE1350100000178|{NAME}|12/05/1985|2|{PLACE}|01 - 014|01/01/2015|-|||4|$"


def test_a_scanned_identity_card_fills_in_what_it_says() -> None:
    assert read_card(CARD) == CardText(
        "Nguyễn Văn A", "01/01/1985", Sex.MALE, "Thôn 1, xã Phủ Thông", cccd="012345678901"
    )


def test_a_scanned_insurance_card_fills_in_what_it_says() -> None:
    assert read_card(INSURANCE) == CardText(
        "Lý Thị Lụa", "12/05/1985", Sex.FEMALE, "Thôn Nà Ít, xã Phủ Thông", bhyt="TE1350100000178"
    )


@pytest.mark.parametrize("text", ["", "|||||", "a|b|c|d|e|f", "012345678901|x", f"12345|{NAME}|1985|1|-"])
def test_other_text_is_no_card(text: str) -> None:
    assert read_card(text) is None


@given(st.text(max_size=60) | st.lists(st.text(max_size=12), max_size=9).map("|".join))
def test_no_typed_text_breaks_reading_a_card_or_a_search(text: str) -> None:
    read_card(text)
    read_search(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Lụa Lý", SearchText(words=("lua", "ly"))),
        ("dam thi lua", SearchText(words=("dam", "thi", "lua"))),
        ("lua lua", SearchText(words=("lua",))),
        ("lua 1985", SearchText(words=("lua",), birth=IN_1985)),
        ("0868 123 456", SearchText(person_number="0868123456", phone="+84868123456")),
        ("+84868123456", SearchText(phone="+84868123456")),
        (
            "lua 0868 123 456",
            SearchText(words=("lua",), person_number="0868123456", phone="+84868123456"),
        ),
        ("001 185 012 345", SearchText(person_number="001185012345")),
        ("lua 001185012345", SearchText(words=("lua",), person_number="001185012345")),
        ("TE1350100000178", SearchText(person_number="TE1350100000178")),
        ("te 1 35 0100000178", SearchText(person_number="TE1350100000178")),
        ("0100000178", SearchText(person_number="0100000178")),
        ("000042", SearchText(mrn="000042")),
        ("12051985", SearchText(birth=Birth(date(1985, 5, 12), Precision.DAY))),
        ("1234567", SearchText(unknown="1234567")),
        (CARD, SearchText(person_number="012345678901", is_card=True)),
        (INSURANCE, SearchText(person_number="TE1350100000178", is_card=True)),
    ],
)
def test_a_search_is_taken_apart(text: str, wanted: SearchText) -> None:
    assert read_search(text, today=TODAY) == wanted


def test_all_forms_of_an_insurance_number_are_looked_up_by_what_they_share() -> None:
    keys = {read_search(text, today=TODAY).person_keys for text in ("TE1350100000178", "0100000178")}
    assert keys == {("0100000178",)}


def test_a_number_nobody_is_found_by_is_empty() -> None:
    assert read_search("1234567", today=TODAY).is_empty
    assert read_search("?!", today=TODAY).is_empty


@pytest.mark.parametrize(
    ("words", "birth", "scope", "plan"),
    [
        ([10_000, 40], None, 10_000, Plan(Path.WORD, 1)),
        ([10_000, 9_000], None, 10_000, Plan(Path.WORD, 1, is_sorted=False)),
        ([10_000, 10_000], None, 5_000, Plan(Path.SCOPE)),
        ([40, 10_000], None, 5, Plan(Path.SCOPE)),
        ([10_000, 10_000], None, 9_500, Plan(Path.SCOPE)),
        ([10_000, 10_000], None, 10_000, Plan(Path.WORD, 1, is_sorted=False)),
        ([10_000], 10_000, 10_000, Plan(Path.WORD, 0, is_sorted=False)),
        ([10_000], 300, 10_000, Plan(Path.BIRTH)),
        ([], 10_000, 10_000, Plan(Path.BIRTH, is_sorted=False)),
        ([], 10_000, 3, Plan(Path.SCOPE)),
    ],
)
def test_a_search_walks_along_whatever_is_shortest(
    words: list[int], birth: int | None, scope: int, plan: Plan
) -> None:
    assert plan_search(words, birth, scope) == plan


COUNTS = st.integers(0, 10_000)


@given(st.lists(COUNTS, min_size=1, max_size=4), st.none() | COUNTS, COUNTS)
def test_what_is_sorted_is_never_much(words: list[int], birth: int | None, scope: int) -> None:
    plan = plan_search(words, birth, scope)
    if plan.path is Path.WORD:
        assert words[plan.word] == min(words)
        assert plan.is_sorted == (words[plan.word] <= 2_000)
