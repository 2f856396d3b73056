"""Which addresses may be called, what an answer means, when to try again."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.settings import PUSH_HOSTS
from telehealth.push.rules import (
    LONGEST_WAIT,
    SHORTEST_LIFE,
    Outcome,
    is_allowed,
    life_of,
    origin_of,
    outcome_of,
    wait_after,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-sg2p.notify.windows.com/w/?token=abc%3d",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_known_services_may_be_called(endpoint: str) -> None:
    assert is_allowed(endpoint, PUSH_HOSTS)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "fcm.googleapis.com/x",
        "http://fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:port/x",
        "https://fcm.googleapis.com.example.org/x",
        "https://example.org/fcm.googleapis.com",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://fcm.googleapis.com@example.org/x",
        "https://a:b@fcm.googleapis.com/x",
        "https://example.org\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/\r\nHost: example.org",
        "https://169.254.169.254/latest",
        "http://127.0.0.1/x",
        "https://localhost/x",
        "http://[::1]/x",
        "https://[::1/x",
        "https://fcm.googleapis.cöm/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_anything_else_is_refused(endpoint: str) -> None:
    assert not is_allowed(endpoint, PUSH_HOSTS)


def test_a_loopback_address_only_where_the_setting_names_it() -> None:
    assert is_allowed("http://127.0.0.1:8123/x", ("127.0.0.1",))
    assert not is_allowed("http://127.0.0.2:8123/x", ("127.0.0.1",))


@given(st.text(max_size=60))
def test_what_may_be_called_is_https_at_a_listed_host(text: str) -> None:
    for endpoint in (text, f"https://{text}", f"https://{text}fcm.googleapis.com/x"):
        if is_allowed(endpoint, ("fcm.googleapis.com",)):
            parts = urlsplit(endpoint)
            assert (parts.scheme, parts.hostname) == ("https", "fcm.googleapis.com")
            assert origin_of(endpoint) in {"https://" + parts.netloc}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (201, Outcome.ACCEPTED),
        (202, Outcome.ACCEPTED),
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (403, Outcome.REFUSED),
        (404, Outcome.GONE),
        (410, Outcome.GONE),
        (413, Outcome.REFUSED),
        (429, Outcome.LATER),
        (500, Outcome.LATER),
        (503, Outcome.LATER),
    ],
)
def test_what_an_answer_means(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@given(st.integers(0, 10_000), st.none() | st.integers(0, 10_000_000))
def test_the_wait_grows_and_is_bounded(attempts: int, asked: int | None) -> None:
    wait = wait_after(attempts, asked)
    assert timedelta(seconds=2) <= wait <= LONGEST_WAIT
    assert wait <= wait_after(attempts + 1, asked)


def test_a_notice_lives_as_long_as_the_level_rings() -> None:
    assert life_of(NOW + timedelta(seconds=90), NOW) == 90
    assert life_of(NOW + timedelta(seconds=3), NOW) == SHORTEST_LIFE
    assert life_of(None, NOW) == SHORTEST_LIFE
