"""Addresses of a relay, and what its answers mean: rules without a network."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.turn.addresses import (
    RESERVED,
    TRANSPORTS,
    forbidden_peers,
    is_within,
    parse_url,
    reserved_network,
    wanted_peers,
)
from signaling.turn.judging import Level, judge, worst
from signaling.turn.probe import Answer, Seen, Stranger, Trouble
from web.i18n import has_text

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
URLS = {
    "udp": "turn:turn.example.vn:3478?transport=udp",
    "tcp": "turn:turn.example.vn?transport=tcp",
    "tls": "turns:turn.example.vn:443",
}


def seen(transport: str = "udp", **what: object) -> Seen:
    """A relay on the internet that does all it should, but for what is said."""
    fine = {"relayed": "203.0.113.9", "mapped": "198.51.100.4", "between": Answer.THROUGH}
    outside = Answer.THROUGH if transport == "udp" else None
    return Seen(**{"address": parse_url(URLS[transport]), "outside": outside, **fine, **what})  # type: ignore[arg-type]


def everywhere(**what: object) -> list[Seen]:
    return [seen(each, **what) for each in TRANSPORTS]


def keys(*found: Seen, allowed: tuple[str, ...] = ()) -> list[str]:
    """What is said beyond that all is well."""
    findings = judge(found, [ip_network(each) for each in allowed], now=NOW)
    return [each.key for each in findings if each.level is not Level.FINE]


@pytest.mark.parametrize(("transport", "port"), [("udp", 3478), ("tcp", 3478), ("tls", 443)])
def test_addresses_are_read_as_browsers_read_them(transport: str, port: int) -> None:
    address = parse_url(URLS[transport])
    assert (address.host, address.port, address.transport) == ("turn.example.vn", port, transport)
    assert parse_url("turn:[2001:db8::1]:99").host == "2001:db8::1"
    assert parse_url("turns:turn.example.vn").port == 5349


@given(st.text())
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    for url in (text, f"turn:{text}", f"turns:relay:{text}"):
        try:
            assert 0 < parse_url(url).port < 65536
        except ValueError:
            continue


@given(st.ip_addresses())
def test_an_address_is_reserved_just_when_it_lies_in_a_reserved_network(address: object) -> None:
    found = reserved_network(str(address))
    assert (found is not None) == any(address in network for network, _ in RESERVED)


def test_every_reserved_network_has_a_peer_within_it_to_ask_for() -> None:
    for network, peer in RESERVED:
        assert is_within(peer, [network])
    some = [ip_network("10.0.0.0/16")]
    assert set(forbidden_peers([])) - set(forbidden_peers(some)) == {"10.0.0.1"}
    assert wanted_peers([ip_network("10.20.0.0/16"), ip_network("10.9.9.9/32")])[1:] == (
        "10.20.0.1",
        "10.9.9.9",
    )


def test_a_relay_that_does_all_it_should_is_fine() -> None:
    assert keys(*everywhere()) == []
    assert worst(judge(everywhere(), [], now=NOW)) is Level.FINE


def test_what_is_missing_is_lacking_and_the_worst_counts() -> None:
    assert keys(seen("tls")) == ["missing_udp", "missing_tcp"]
    unsafe = seen("udp", let_in=(Stranger.EXPIRED,), between=Answer.SILENT)
    assert keys(unsafe, seen("tcp"), seen("tls")) == ["between_silent", "let_in_expired"]
    assert worst(judge([unsafe], [], now=NOW)) is Level.UNSAFE


@pytest.mark.parametrize("trouble", list(Trouble))
def test_an_address_in_trouble_is_spoken_of_once(trouble: Trouble) -> None:
    assert keys(*everywhere(trouble=trouble)) == [f"trouble_{trouble}"] * 3
    assert has_text(f"relay.trouble_{trouble}")


def test_a_private_network_is_explained_until_it_is_allowed_on_purpose() -> None:
    private = {"relayed": "10.20.0.5", "mapped": "10.20.7.7"}
    refused = seen("udp", **private, between=Answer.REFUSED, outside=Answer.REFUSED)
    others = (seen("tcp"), seen("tls"))
    assert keys(refused, *others) == ["private_refused", "outside_private"]
    assert keys(seen("udp", **private), *others) == ["private_granted"]
    assert keys(seen("udp", **private), *others, allowed=("10.20.0.0/16",)) == []
    withheld = seen("udp", **private, withheld=("10.20.0.1",))
    assert keys(withheld, *others, allowed=("10.20.0.0/16",)) == ["allowed_withheld"]


def test_refusals_of_public_addresses_are_told_from_private_ones() -> None:
    others = (seen("tcp"), seen("tls"))
    assert keys(seen(between=Answer.REFUSED), *others) == ["between_refused"]
    assert keys(seen(outside=Answer.REFUSED), *others) == ["outside_refused"]
    assert keys(seen(outside=Answer.SILENT), *others) == ["outside_silent"]
    assert keys(seen(withheld=("8.8.8.8",)), *others) == ["public_withheld"]
    assert keys(seen(granted=("10.0.0.1",)), *others) == ["reserved_granted"]


def test_a_certificate_that_ends_within_two_weeks_is_spoken_of() -> None:
    others = (seen("udp"), seen("tcp"))
    assert keys(*others, seen("tls", certificate_ends="Dec  1 00:00:00 2026 GMT")) == ["certificate_ends"]
    assert keys(*others, seen("tls", certificate_ends="Jan  1 00:00:00 2027 GMT")) == []
