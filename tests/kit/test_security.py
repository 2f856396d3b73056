"""Passwords and tokens."""

import threading

import pytest

from telehealth.kit import security
from telehealth.kit.errors import DomainError
from telehealth.kit.security import Passwords, base62, hash_token, new_token


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(memory_kib=1024, time_cost=1)


def test_a_password_is_checked_against_its_hash_only(passwords: Passwords) -> None:
    stored = passwords.hash("bản làng 2026")
    assert "bản" not in stored
    assert passwords.verify(stored, "bản làng 2026")
    assert not passwords.verify(stored, "ban lang 2026")


def test_an_unknown_person_is_refused_after_the_same_work(passwords: Passwords) -> None:
    assert not passwords.verify(None, "anything")
    assert not passwords.verify("no hash at all", "anything")


def test_weaker_hashes_are_noticed(passwords: Passwords) -> None:
    assert Passwords(memory_kib=2048, time_cost=2).is_outdated(passwords.hash("x"))


def test_a_flood_of_sign_ins_is_turned_away_instead_of_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "HASHES_WAITING", 1)
    slow = Passwords(memory_kib=65_536, time_cost=6)
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            slow.verify(None, "x")
            outcomes.append("served")
        except DomainError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "busy" in outcomes
    assert "served" in outcomes


def test_tokens_are_long_random_words() -> None:
    made = {new_token(16) for _ in range(500)}
    assert len(made) == 500
    assert {len(token) for token in made} == {22}
    assert all(token.isalnum() and token.isascii() for token in made)
    assert len(hash_token("a")) == 64


def test_base62_keeps_its_length_for_small_numbers() -> None:
    assert base62(b"\0" * 16) == "0" * 22
    assert base62(b"\xff" * 16) > base62(b"\0" * 16)
