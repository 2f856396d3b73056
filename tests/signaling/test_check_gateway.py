"""The socket of a check: who is let in, what is understood, who waits; nothing of the relay to a patient."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from signaling.ice import IceIssuer, IceSettings
from signaling.media.gateway import CheckDesk, build_check_router
from signaling.media.limits import FRAMES
from signaling.media.peer import CheckingPeer
from signaling.media.ports import CheckAccess
from signaling.media.seats import Seats
from telehealth.kit.ids import new_id
from tests.support.clock import FixedClock

ORIGIN = "https://telehealth.example.vn"
STAFF, PATIENT = "s" * 43, "p" * 43
URLS = ("turn:relay.vn:3478?transport=udp", "turns:relay.vn:443?transport=tcp")


class MemoryPorts:
    """Two tickets that can be used again and again."""

    def redeem(self, ticket: str, *, now: datetime) -> CheckAccess | None:
        known = {STAFF: True, PATIENT: False}
        return CheckAccess(new_id(), known[ticket]) if ticket in known else None


@contextmanager
def desk(seats: Seats | None = None) -> Iterator[TestClient]:
    checking = CheckDesk(
        ports=MemoryPorts(),
        peer=CheckingPeer("127.0.0.1"),
        ice=IceIssuer(IceSettings(turn_urls=URLS, secret="s3cret")),
        clock=FixedClock(),
        allowed_origins=frozenset({ORIGIN}),
        seats=seats or Seats(1, 1),
    )
    app = FastAPI()
    app.include_router(build_check_router(checking))
    with TestClient(app) as client:
        yield client
        assert client.portal is not None
        client.portal.call(checking.peer.stop)


@contextmanager
def socket(client: TestClient, ticket: str = STAFF) -> Iterator[tuple[WebSocketTestSession, dict[str, Any]]]:
    with client.websocket_connect("/line-check", headers={"origin": ORIGIN}) as wire:
        wire.send_json({"type": "hello", "ticket": ticket})
        yield wire, wire.receive_json()


def is_refused(wire: WebSocketTestSession, code: str) -> None:
    assert wire.receive_json() == {"type": "refused", "code": code}


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}])
def test_a_foreign_page_opens_nothing(headers: dict[str, str]) -> None:
    with (
        desk() as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/line-check", headers=headers),
    ):
        pass


@pytest.mark.parametrize(
    "first",
    [{"type": "hello", "ticket": "x" * 43}, {"type": "ping", "n": 1}, {"type": "hello"}, {"type": "offer"}],
)
def test_without_a_ticket_nothing_is_told(first: dict[str, Any]) -> None:
    with desk() as client, client.websocket_connect("/line-check", headers={"origin": ORIGIN}) as wire:
        wire.send_json(first)
        is_refused(wire, "check-ticket-refused")
        with pytest.raises(WebSocketDisconnect):
            wire.receive_json()


def test_staff_get_the_relay_for_minutes_a_patient_gets_nothing_of_it() -> None:
    with desk() as client:
        with socket(client) as (wire, welcome):
            (server,) = welcome["ice_servers"]
            assert tuple(server["urls"]) == URLS
            assert server["credential"]
            wire.send_json({"type": "ping", "n": 7})
            assert wire.receive_json() == {"type": "pong", "n": 7}
        with socket(client, PATIENT) as (_, welcome):
            assert welcome == {"type": "welcome", "ice_servers": []}


def test_who_comes_when_all_places_are_taken_waits_or_comes_later() -> None:
    with desk(Seats(0, 1)) as client, socket(client) as (first, _), socket(client) as (second, _):
        first.send_json({"type": "offer", "sdp": "v=0"})
        assert first.receive_json() == {"type": "queued", "before": 1}
        first.send_json({"type": "ping", "n": 1})
        assert first.receive_json() == {"type": "pong", "n": 1}
        second.send_json({"type": "offer", "sdp": "v=0"})
        is_refused(second, "check-busy")


def test_one_offer_is_enough_and_one_that_is_none_is_refused() -> None:
    with desk(Seats(0, 5)) as client, socket(client) as (wire, _):
        wire.send_json({"type": "offer", "sdp": "v=0"})
        wire.receive_json()
        wire.send_json({"type": "offer", "sdp": "v=0"})
        is_refused(wire, "check-not-understood")
    with desk() as client, socket(client) as (wire, _):
        wire.send_json({"type": "offer", "sdp": "v=0"})
        is_refused(wire, "check-not-understood")


def test_no_text_ends_in_more_than_a_refusal() -> None:
    known = st.fixed_dictionaries({"type": st.sampled_from(["hello", "ping", "offer", "x"])})
    words = st.one_of(st.text(), known.map(str), st.recursive(st.none() | st.integers(), st.lists).map(str))

    with desk() as client:

        @settings(max_examples=40)
        @given(words)
        def say(text: str) -> None:
            with socket(client) as (wire, welcome):
                assert welcome["type"] == "welcome"
                wire.send_text(text)
                is_refused(wire, "check-not-understood")

        say()


def test_who_talks_without_end_is_left() -> None:
    with desk() as client, socket(client) as (wire, _):
        for n in range(FRAMES):
            wire.send_json({"type": "ping", "n": n})
            assert wire.receive_json()["n"] == n
        with pytest.raises(WebSocketDisconnect):
            wire.receive_json()
