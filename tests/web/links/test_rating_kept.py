"""How a visit was, written on a lent phone, is kept although the code's hour ended meanwhile."""

import re
from datetime import timedelta

import pytest

from telehealth.leaflets.models import Rating
from telehealth.links.rules import ON_ANY_PHONE
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.leaflets import After

pytestmark = pytest.mark.databases("sqlite")  # pages; the slices run on both elsewhere

LATER = ON_ANY_PHONE + timedelta(minutes=1)


@pytest.fixture
def after(after: After) -> After:
    """The visit, signed."""
    after.sign()
    return after


def token_of(page: str) -> dict[str, str]:
    """Read the form's own token."""
    found = re.search(r'name="(_?csrf[^"]*)" value="([^"]+)"', page)
    assert found is not None
    return {found[1]: found[2]}


def send(after: After, phone: Browser, place: str, token: dict[str, str]) -> object:
    typed = {"step": "4", "note": "Rất tận tình", **token}
    return phone.client.post(f"{place}/rating", data=typed, headers={"Origin": "http://127.0.0.1:8000"})


def test_a_note_sent_after_the_hour_is_kept_and_nothing_else_is_shown(
    after: After, clock: FixedClock
) -> None:
    phone, place = after.inside()
    token = token_of(phone.get(f"{place}/rating").text)
    clock.advance(seconds=LATER.total_seconds())
    answer = send(after, phone, place, token)
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert "Rất tận tình" in answer.text  # type: ignore[attr-defined]
    [rating] = after.follow.rows(Rating)
    assert (rating.step, rating.note) == (4, "Rất tận tình")
    assert phone.get(f"{place}/rating").status_code == 303, "to read on, a code is asked for anew"


def test_who_was_never_inside_rates_nothing(after: After) -> None:
    phone, place = after.phone()
    token = token_of(phone.get(f"{place}/code").text)
    answer = send(after, phone, place, token)
    assert answer.headers["location"].startswith(f"{place}/code")  # type: ignore[attr-defined]
    assert after.follow.rows(Rating) == []


def test_a_phone_that_was_forgotten_rates_nothing(after: After) -> None:
    phone, place = after.inside()
    token = token_of(phone.get(f"{place}/rating").text)
    phone.post(f"{place}/forget", {}, page=place)
    send(after, phone, place, token)
    assert after.follow.rows(Rating) == []
