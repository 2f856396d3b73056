"""Every request that books: sent twice with one key it has one effect and one answer."""

from pathlib import Path
from typing import Any

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from tests.support.app import build_app
from tests.support.clock import FixedClock
from tests.telehealth.scheduling.front import API, KEYED, VERSIONED, Front, make_front
from tests.telehealth.scheduling.test_api import code_of

ELSEWHERE = {"/answer-requests", "/reminders", "/visits/{visit_id}/orders", "/hand-overs"}
"""What is sent with a key and books nothing, or moves many at once: see the tests of each."""

NO_KEY_NEEDED = {
    "/hours/preview": "changes nothing",
    "/urgent-requests/accept-next": "whoever has a request is answered with that one",
    "/urgent-requests/{request_id}/accept": "whoever has it is answered as before",
    "/urgent-requests/{request_id}/decline": "said again, the same is said",
    "/urgent-requests/{request_id}/release": "the lease's token is used up",
    "/urgent-requests/{request_id}/finish": "the lease's token is used up",
    "/urgent-requests/{request_id}/next-level": "rings, and books nothing",
    "/urgent-requests/{request_id}/ring-again": "rings, and books nothing",
    "/urgent-requests/{request_id}/cancel": "ends it once",
    "/urgent-requests/{request_id}/close": "ends it once",
}
"""Other POSTs of what books, each with why it may come twice."""


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def front(database: Database, tmp_path: Path, clock: FixedClock) -> Front:
    return make_front(database, tmp_path, clock)


def posts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    paths = document["paths"].items()
    return {path.removeprefix(API): item["post"] for path, item in paths if "post" in item}


def names(operation: dict[str, Any]) -> set[str]:
    """The headers an operation demands."""
    headers = (each for each in operation.get("parameters", ()) if each["in"] == "header")
    return {each["name"].lower() for each in headers if each["required"]}


@pytest.mark.databases("sqlite")  # the document is the same on both
def test_no_post_that_books_is_left_out(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    found = posts(build_app(database, tmp_path, clock).openapi())
    with_key = {path for path, operation in found.items() if "idempotency-key" in names(operation)}
    assert with_key == set(KEYED) | ELSEWHERE
    books = {
        path
        for path, operation in found.items()
        if {"scheduling", "wait list", "urgent"} & set(operation["tags"])
    }
    # Whatever is sent for one version is used up by it.
    assert books - with_key - set(VERSIONED) == set(NO_KEY_NEEDED)


@pytest.mark.parametrize("path", KEYED)
def test_a_booking_sent_twice_with_one_key_is_made_once(front: Front, path: str) -> None:
    sending = KEYED[path](front)
    nothing, key = front.effects(), str(new_id())
    assert code_of(sending.send(key=""), 400) == "idempotency-key-needed"
    assert front.effects() == nothing

    first = sending.send(key=key)
    assert first.status_code in (200, 201), first.text
    once = front.effects()
    assert once != nothing
    again = sending.send(key=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers.get("etag") == first.headers.get("etag")
    assert front.effects() == once

    # What has no body is told apart by the version it is meant for.
    differs = {"is_other": True} if sending.other is not None else {"version": 99}
    assert code_of(sending.send(key=key, **differs), 422) == "idempotency-key-reused"
    assert front.effects() == once
