"""What each purpose allows; tokens long enough; years to tap."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import ConflictError
from telehealth.links.deps import AllowLink
from telehealth.links.rules import PURPOSES, Shown, decades, expires_at, looks_like_token, token_text
from telehealth.links.states import MACHINE, LinkCommand, LinkState
from tests.support.clock import MONDAY_MORNING


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


def test_before_its_gate_a_next_visit_shows_the_facility_only() -> None:
    assert PURPOSES["next_visit"].before_gate == {Shown.FACILITY}


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
