"""Refusals and faults as pages."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from telehealth.access.deps import note_refusal
from telehealth.kit.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    Kind,
    NotFoundError,
    NotSignedInError,
    StaleError,
)
from telehealth.problems import install_problems
from web.errors import describe, error_page
from web.middleware import install_middleware

RAISED: dict[str, Exception] = {
    "idle": NotSignedInError("signed-out-idle"),
    "404": NotFoundError("page-not-found"),
    "403": ForbiddenError(),
    "409": ConflictError("invalid-transition"),
    "412": StaleError(),
    "429": DomainError("busy", Kind.TOO_MANY),
    "503": DomainError("busy", Kind.UNAVAILABLE),
    "500": RuntimeError("Lý Thị Lụa, 1966"),
}


@pytest.fixture
def browser() -> TestClient:
    app = FastAPI(openapi_url=None)

    @app.get("/private")
    @app.post("/private")
    def private() -> None:
        raise NotSignedInError

    @app.get("/raise/{what}")
    @app.get("/api/v1/raise/{what}")
    def refuse(what: str) -> None:
        raise RAISED[what]

    install_problems(app, describe=describe, page=error_page, note=note_refusal)
    install_middleware(app)
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.mark.parametrize("what", sorted(set(RAISED) - {"idle"}))
def test_a_refusal_is_a_page_in_plain_words(browser: TestClient, what: str) -> None:
    answer = browser.get(f"/raise/{what}")
    assert answer.status_code == int(what)
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>" in answer.text
    assert "Lý Thị Lụa" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_page_speaks_the_readers_language(browser: TestClient) -> None:
    assert "Không tìm thấy" in browser.get("/nowhere").text
    assert "Page not found" in browser.get("/nowhere", headers={"accept-language": "en"}).text


def test_a_visitor_is_sent_to_sign_in_and_then_back(browser: TestClient) -> None:
    answer = browser.get("/private")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/private"


def test_a_part_that_refreshes_sends_the_whole_page_to_sign_in(browser: TestClient) -> None:
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/today?x=1"}
    answer = browser.get("/private", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/today")


def test_one_who_was_signed_out_by_idleness_is_told_so(browser: TestClient) -> None:
    assert browser.get("/raise/idle").headers["location"] == "/sign-in?next=/raise/idle&why=idle"


def test_a_stream_is_not_redirected(browser: TestClient) -> None:
    assert browser.get("/private", headers={"accept": "text/event-stream"}).status_code == 401


def test_a_lost_post_is_told_to_sign_in(browser: TestClient) -> None:
    answer = browser.post("/private")
    assert answer.status_code == 401
    assert 'href="/sign-in"' in answer.text


def test_the_api_keeps_its_own_form(browser: TestClient) -> None:
    answer = browser.get("/api/v1/raise/409")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
