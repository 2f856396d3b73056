"""What each purpose allows; tokens long enough; years to tap."""

from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.crypto import Keyring
from telehealth.kit.errors import ConflictError
from telehealth.links.deps import AllowLink
from telehealth.links.rules import (
    PURPOSES,
    Gate,
    Shown,
    Standing,
    code_text,
    decades,
    expires_at,
    looks_like_token,
    missing_gate,
    token_text,
    typed_code,
)
from telehealth.links.states import MACHINE, LinkCommand, LinkState
from tests.support.clock import MONDAY_MORNING
from tests.upkeep import sources


@pytest.mark.parametrize(("state", "command"), list(product(LinkState, LinkCommand)))
def test_a_link_moves_only_as_listed(state: LinkState, command: LinkCommand) -> None:
    if MACHINE.allows(state, command):
        assert MACHINE.move(state, command) in LinkState
    else:
        with pytest.raises(ConflictError):
            MACHINE.move(state, command)


def test_nothing_brings_a_revoked_link_back() -> None:
    assert MACHINE.commands(LinkState.REVOKED) == []


def test_a_route_cannot_name_a_purpose_without_rules() -> None:
    with pytest.raises(KeyError):
        AllowLink("join", "everything")


def test_links_live_as_long_as_their_purpose_says() -> None:
    assert expires_at("join", MONDAY_MORNING) == MONDAY_MORNING + timedelta(hours=24)
    assert expires_at("next_visit", MONDAY_MORNING) == MONDAY_MORNING + timedelta(days=7)


def test_before_its_gate_a_next_visit_says_where_and_that_something_is_to_be_read() -> None:
    assert PURPOSES["next_visit"].before_gate == {Shown.FACILITY, Shown.NOTICE}


def test_nothing_of_health_is_among_what_shows_before_a_gate() -> None:
    assert set(Shown) == {"facility", "time", "masked_name", "notice"}


def test_the_document_holds_the_table_of_purposes() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in sources.read(Path("docs/patient-links.md")).splitlines()
        if line.startswith("|")
    ]
    told = {row[0]: row[1:] for row in rows[2:]}
    assert told == {
        name: [
            f"{each.counted_from} + {int(each.after / timedelta(hours=1))} h",
            ", ".join(each.gates),
            ", ".join(sorted(each.before_gate)),
        ]
        for name, each in PURPOSES.items()
    }


NOW = MONDAY_MORNING
CODES_AT = (None, NOW, NOW - timedelta(minutes=59), NOW - timedelta(hours=1), NOW - timedelta(hours=24))
"""Never; just now; and the last instant a code counts for, and the first it does not."""


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("is_year_given", [False, True])
@pytest.mark.parametrize("is_own_phone", [False, True])
@pytest.mark.parametrize("code_at", CODES_AT)
def test_each_purpose_asks_for_what_its_row_says(
    purpose: str, is_year_given: bool, is_own_phone: bool, code_at: datetime | None
) -> None:
    standing = Standing(is_year_given, code_at, is_own_phone)
    age = None if code_at is None else NOW - code_at
    has_fresh = age is not None and age < timedelta(hours=24)
    has_code = is_own_phone or (age is not None and age < timedelta(hours=1))
    gate = missing_gate(purpose, standing, NOW)
    if purpose in ("documents", "record_access"):
        assert gate == (None if has_fresh else Gate.CODE)
    elif not is_year_given:
        assert gate is Gate.BIRTH_YEAR
    elif purpose in ("medicines", "doctors_words"):
        assert gate == (None if has_code else Gate.CODE_ONCE)
    else:
        assert gate is None


def test_a_code_from_the_future_opens_nothing() -> None:
    # The clock was ahead and was put right.
    ahead = Standing(is_year_given=True, code_given_at=NOW + timedelta(days=1))
    assert missing_gate("documents", ahead, NOW) is Gate.CODE
    assert missing_gate("medicines", ahead, NOW) is Gate.CODE_ONCE


@given(st.binary(min_size=32, max_size=32))
def test_a_code_is_six_digits(derived: bytes) -> None:
    code = code_text(derived)
    assert len(code) == 6
    assert code.isdigit()
    assert typed_code(f" {code[:3]} {code[3:]}") == code


def test_tokens_and_codes_of_many_sendings_use_all_their_room(keyring: Keyring) -> None:
    """Of 4,000 derived values: no token twice, and every bit and digit as often as chance has it.

    The key is fresh each run; the bounds are nine standard deviations wide, so chance alone never fails it.
    """
    count, slack = 4_000, 9 * (4_000 * 0.25) ** 0.5
    derived = [keyring.derive("patient-link", str(n), "1") for n in range(count)]
    assert len({token_text(each) for each in derived}) == count
    values = [int.from_bytes(each[:16]) for each in derived]
    for bit in range(128):
        assert abs(sum(value >> bit & 1 for value in values) - count / 2) < slack, bit
    codes = [code_text(keyring.derive("link-code", str(n))) for n in range(count)]
    for place, digit in product(range(6), "0123456789"):
        seen = sum(code[place] == digit for code in codes)
        assert abs(seen - count / 10) < 9 * (count * 0.09) ** 0.5, (place, digit)


@given(st.binary(min_size=32, max_size=32))
def test_a_token_is_22_letters_and_digits_of_128_bits(derived: bytes) -> None:
    token = token_text(derived)
    assert looks_like_token(token)
    assert token == token_text(derived[:16] + b"x" * 16)


@given(st.dates(date(2026, 1, 1), date(2060, 1, 1)))
def test_every_year_somebody_alive_was_born_in_can_be_tapped(today: date) -> None:
    years = [year for _, listed in decades(today) for year in listed]
    assert sorted(years) == list(range(today.year - 119, today.year + 1))
    assert [start for start, _ in decades(today)] == sorted({y - y % 10 for y in years}, reverse=True)
