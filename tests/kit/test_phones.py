"""Vietnamese numbers as people write them."""

import pytest

from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import display, is_textable, mask, parse_phone


@pytest.mark.parametrize(
    "written", ["0868 123 456", "0868.123.456", "+84 868 123 456", "84868123456", "0868-123456"]
)
def test_every_way_of_writing_gives_one_number(written: str) -> None:
    assert parse_phone(written) == "+84868123456"


@pytest.mark.parametrize("wrong", ["", "115", "0123", "09999999999999", "abc", "0168 123 4567"])
def test_what_is_no_number_is_refused_at_its_field(wrong: str) -> None:
    with pytest.raises(InvalidError) as refused:
        parse_phone(wrong, field="contact_phone")
    assert (refused.value.code, refused.value.field) == ("phone-invalid", "contact_phone")


def test_numbers_are_shown_in_groups_and_masked_for_lists() -> None:
    assert display("+84868123456") == "0868 123 456"
    assert mask("+84868123456") == "0868 ••• 456"


def test_a_landline_gets_no_sms() -> None:
    assert is_textable("+84868123456")
    assert not is_textable(parse_phone("0209 3850 115"))
