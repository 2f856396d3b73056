"""What every request passes: bodies that are too long, and the scheme people use behind a proxy."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message

from telehealth.kit.db import Database
from telehealth.requests import BODY_BYTES
from tests.support.app import ADDRESS, build_app
from tests.support.clock import FixedClock

# Nothing here depends on the database.
pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.anyio]

PUBLIC = "https://kham.example.vn"


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_a_long_form_is_refused_before_it_is_parsed(app: FastAPI, path: str) -> None:
    answer = TestClient(app, base_url=ADDRESS).post(path, data={"username": "a" * (BODY_BYTES + 1)})
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


def test_a_long_body_without_a_length_is_refused(app: FastAPI) -> None:
    def parts():  # type: ignore[no-untyped-def]
        for _ in range(BODY_BYTES // 65_536 + 2):
            yield b"a" * 65_536

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = TestClient(app, base_url=ADDRESS).post("/sign-in", content=parts(), headers=kind)
    assert answer.status_code == 413


async def test_a_browser_that_hangs_up_in_the_middle_is_no_fault(app: FastAPI) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sign-in",
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 400


def test_behind_a_proxy_cookies_and_headers_follow_the_address_people_type(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    app = build_app(database, tmp_path, clock, base_url=PUBLIC)
    proxied = TestClient(app, base_url="http://kham.example.vn", follow_redirects=False)
    page = proxied.get("/sign-in")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-csrf=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert page.headers["strict-transport-security"]
    assert "wss://kham.example.vn" in page.headers["content-security-policy"]


def test_a_proxy_header_does_not_make_a_request_safe(app: FastAPI) -> None:
    told = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}
    page = TestClient(app, base_url=ADDRESS).get("/sign-in", headers=told)
    assert "strict-transport-security" not in page.headers
