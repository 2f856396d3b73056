"""Vietnamese text: search, sorting, SMS length."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.text import (
    fold,
    instant_text,
    mask_name,
    nfc,
    paragraphs,
    sms_length,
    sort_key,
    unaccent,
)

LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
words = st.text(LETTERS + LETTERS.upper(), min_size=1, max_size=8)
names = st.lists(words, min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=7))])
def test_an_instant_is_signed_in_whole_seconds_of_utc(zone: timezone) -> None:
    at = datetime(2026, 11, 23, 1, 0, 0, 999_999, tzinfo=UTC).astimezone(zone)
    assert instant_text(at) == "2026-11-23T01:00:00Z"


@given(names)
def test_folding_ignores_case_marks_and_normal_form(name: str) -> None:
    assert (
        fold(name) == fold(unicodedata.normalize("NFD", name)) == fold(name.upper()) == fold(unaccent(name))
    )
    assert fold(name).isascii()


@pytest.mark.parametrize(
    ("one", "other"), [("hoà", "hòa"), ("Thuỷ", "Thủy"), ("Đàm  Thị-Lụa", "dam thi lua"), ("Y’ Bih", "y bih")]
)
def test_spellings_that_mean_the_same_are_found_by_each_other(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_people_sort_by_given_name_then_family_then_middle() -> None:
    people = [
        "Trần Văn Bình",
        "Nguyễn Văn An",
        "Nguyễn Thị An",
        "Đỗ Văn An",
        "Lê Đào",
        "Lê Dân",
        "Lê Ân",
        "Lê Ánh",
    ]
    assert sorted(people, key=sort_key) == [
        "Đỗ Văn An",
        "Nguyễn Thị An",
        "Nguyễn Văn An",
        "Lê Ánh",
        "Lê Ân",
        "Trần Văn Bình",
        "Lê Dân",
        "Lê Đào",
    ]


def test_names_are_masked_by_given_name() -> None:
    assert mask_name("Đàm Thị Lụa") == "L***"


def test_text_is_stored_in_one_normal_form() -> None:
    assert nfc(unicodedata.normalize("NFD", "  Phủ \n Thông ")) == "Phủ Thông"


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("[" * 80, "GSM-7", 1),
        ("[" * 81, "GSM-7", 2),
        ("đ" * 70, "UCS-2", 1),
        ("đ" * 71, "UCS-2", 2),
        ("a" * 307, "GSM-7", 3),
    ],
)
def test_sms_parts_are_counted_as_operators_do(text: str, encoding: str, parts: int) -> None:
    length = sms_length(text)
    assert (length.encoding, length.parts) == (encoding, parts)


@given(names)
def test_unaccented_text_is_never_charged_as_unicode(name: str) -> None:
    assert sms_length(unaccent(name)).encoding == "GSM-7"


def test_paragraphs_keep_their_lines_and_lose_what_surrounds_them() -> None:
    decomposed = unicodedata.normalize("NFD", "Ho ra máu")
    assert paragraphs(f"  {decomposed}\r\nSốt nhẹ\n\n") == "Ho ra máu\nSốt nhẹ"
