"""Passwords, PINs, user names, posts and how often one may try."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.staff import rules
from telehealth.staff.rules import Qualification, Role

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0868 123 456", "+84868123456"),
        ("+84 868.123.456", "+84868123456"),
        (" Hanh.Nong ", "hanh.nong"),
        ("12", "12"),
    ],
)
def test_user_names_have_one_stored_form(typed: str, stored: str) -> None:
    assert rules.normalise_username(typed) == stored


@pytest.mark.parametrize("name", ["ab", "9nong", "nông", "a" * 40, "12", "<b>"])
def test_a_new_user_name_is_a_phone_or_a_plain_word(name: str) -> None:
    with pytest.raises(InvalidError, match="username-invalid"):
        rules.check_username(name)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ngắn", "password-too-short"),
        ("x1" * 200, "password-too-long"),
        ("Password123", "password-common"),
        ("matkhau123", "password-common"),
        ("aaaaaaaaaaaa", "password-common"),
        ("KhamTuXa-2026", "password-guessable"),
        ("Nong Thi Hanh 1990", "password-guessable"),
        ("PhuThong!2026", "password-guessable"),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str, code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        rules.check_password(password, context=("nongthihanh", "Nông Thị Hạnh", "Phủ Thông"))


@pytest.mark.parametrize("password", ["mưa rơi trên mái ngói", "correct horse staple", "a" * 32 + "bcd" * 10])
def test_long_passwords_of_any_make_are_taken(password: str) -> None:
    rules.check_password(password, context=("Nông Thị Hạnh",))


def test_the_list_of_common_passwords_is_long_enough() -> None:
    within_policy = [each for each in rules.common_passwords() if len(each) >= rules.PASSWORD_LENGTH[0]]
    assert len(within_policy) >= 3000
    assert all(each == each.lower() for each in within_policy)


def test_a_password_is_the_same_from_any_keyboard() -> None:
    composed, decomposed = "m\u01b0a r\u01a1i", "mu\u031ba ro\u031bi"
    assert rules.prepare_password(decomposed) == rules.prepare_password(composed)


@pytest.mark.parametrize("pin", ["12345", "1234567", "12a456", "１２３４５６"])
def test_a_pin_is_six_digits(pin: str) -> None:
    with pytest.raises(InvalidError, match="pin-invalid"):
        rules.check_pin(pin)


@pytest.mark.parametrize("pin", ["000000", "123456", "654321", "890123", "121212", "147147"])
def test_a_pin_is_no_row_and_no_repetition(pin: str) -> None:
    with pytest.raises(InvalidError, match="pin-guessable"):
        rules.check_pin(pin)


def test_other_pins_are_taken() -> None:
    rules.check_pin("258036")


@pytest.mark.parametrize(
    ("role", "qualification", "licence", "code"),
    [
        (Role.DOCTOR, Qualification.ASSISTANT_PHYSICIAN, "1/GPHN", "qualification-not-fitting"),
        (Role.STATION_PRACTITIONER, Qualification.NURSE, "1/GPHN", "qualification-not-fitting"),
        (Role.STATION_PRACTITIONER, Qualification.MIDWIFE, "1/GPHN", "qualification-not-fitting"),
        (Role.DOCTOR, Qualification.DOCTOR, None, "licence-missing"),
    ],
)
def test_who_treats_needs_training_and_a_licence(
    role: Role, qualification: Qualification, licence: str | None, code: str
) -> None:
    with pytest.raises(InvalidError, match=code):
        rules.check_membership(role, qualification, licence)


def test_nurses_need_no_licence_to_be_invited() -> None:
    rules.check_membership(Role.STATION_NURSE, Qualification.NURSE, None)


def test_only_administrators_make_administrators() -> None:
    assert Role.ADMIN in rules.assignable(Role.ADMIN)
    assert Role.ADMIN not in rules.assignable(Role.MANAGER)
    assert rules.assignable(Role.STATION_NURSE) == []


def test_the_sixth_try_waits_until_the_first_is_old() -> None:
    tries = [NOON + timedelta(minutes=n) for n in range(5)]
    assert rules.wait_until(tries, NOON + timedelta(minutes=5)) == NOON + rules.TRIES_WITHIN
    assert rules.wait_until(tries, NOON + rules.TRIES_WITHIN) is None


@given(st.lists(st.integers(0, 3600), max_size=60))
def test_no_window_ever_lets_more_tries_in_than_allowed(seconds: list[int]) -> None:
    let_in: list[datetime] = []
    for at in (NOON + timedelta(seconds=second) for second in sorted(seconds)):
        if rules.wait_until(let_in, at) is None:
            let_in.append(at)
    for start in let_in:
        assert sum(start <= at < start + rules.TRIES_WITHIN for at in let_in) <= rules.TRIES


@given(st.lists(st.integers(0, 3600), max_size=60), st.integers(0, 3600))
def test_whoever_waits_as_told_is_let_in(seconds: list[int], later: int) -> None:
    tries = [NOON + timedelta(seconds=second) for second in seconds]
    free_at = rules.wait_until(tries, NOON + timedelta(seconds=later))
    assert free_at is None or rules.wait_until([at for at in tries if at <= free_at], free_at) is None
