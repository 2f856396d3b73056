"""Policy headers and the proof that a form was ours."""

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from telehealth.access.deps import note_refusal
from telehealth.problems import install_problems
from web.assets import asset
from web.common.routes import router
from web.errors import describe, error_page
from web.middleware import install_middleware
from web.security import CsrfProtected, content_policy, csrf_token, is_same_origin, keep_csrf_cookie


def build() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/form")
    def form(request: Request) -> Response:
        response = PlainTextResponse(csrf_token(request))
        keep_csrf_cookie(request, response)
        return response

    @app.post("/form", dependencies=[CsrfProtected])
    def change() -> str:
        return "changed"

    @app.get("/data")
    def data() -> Response:
        return JSONResponse({})

    @app.get("/elsewhere")
    def elsewhere() -> Response:
        return RedirectResponse("/form", status_code=303)

    @app.get("/stream")
    def stream() -> Response:
        return Response("data: x\n\n" * 500, media_type="text/event-stream")

    install_problems(app, describe=describe, page=error_page, note=note_refusal)
    app.include_router(router)
    install_middleware(app)
    return app


@pytest.fixture
def browser() -> TestClient:
    return TestClient(build(), base_url="https://tram.example", follow_redirects=False)


def test_the_policy_is_the_strict_one() -> None:
    assert content_policy("abc", "tram.example", is_https=True) == (
        "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'; font-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; img-src 'self' blob:; media-src blob: 'self'; "
        "connect-src 'self' wss://tram.example; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; report-uri /csp"
    )


@pytest.mark.parametrize(
    ("host", "is_https", "socket"),
    [
        ("127.0.0.1:8000", False, "ws://127.0.0.1:8000"),
        ("localhost:8000", False, "ws://localhost:8000"),
        ("[::1]:8000", False, "ws://[::1]:8000"),
        ("192.168.1.5:8000", False, "wss://192.168.1.5:8000"),
        ("127.0.0.1:8000", True, "wss://127.0.0.1:8000"),
    ],
)
def test_open_sockets_only_on_loopback(host: str, is_https: bool, socket: str) -> None:
    assert f"connect-src 'self' {socket};" in content_policy("n", host, is_https=is_https)


def test_every_answer_carries_the_headers(browser: TestClient) -> None:
    for answer in (browser.get("/form"), browser.get("/nowhere")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert "camera=(self)" in answer.headers["permissions-policy"]


@pytest.mark.parametrize("path", ["js/app.js", "css/app.css", "fonts/be-vietnam-pro-400.woff2"])
def test_parts_of_a_page_carry_no_policy_which_would_govern_nothing(browser: TestClient, path: str) -> None:
    answer = browser.get(asset(path))
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"]
    assert "content-security-policy" not in answer.headers
    assert "permissions-policy" not in answer.headers


def test_a_picture_is_a_document_when_opened_by_itself(browser: TestClient) -> None:
    answer = browser.get(asset("icons/mark.svg"))
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/data", "/elsewhere"])
def test_what_is_no_page_may_load_nothing_and_says_so_in_few_words(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src 'nonce-" in browser.get("/form").headers["content-security-policy"]


def test_each_answer_has_a_nonce_of_its_own(browser: TestClient) -> None:
    one, other = (browser.get("/form").headers["content-security-policy"] for _ in range(2))
    assert one != other


def test_a_strange_host_never_reaches_the_policy(browser: TestClient) -> None:
    answer = browser.get("/form", headers={"host": "a; script-src *"})
    assert "script-src *" not in answer.headers["content-security-policy"]


def test_a_form_of_ours_is_accepted(browser: TestClient) -> None:
    token = browser.get("/form").text
    assert "__Host-csrf" in browser.cookies
    assert browser.post("/form", data={"csrf_token": token}).status_code == 200
    assert browser.post("/form", headers={"x-csrf-token": token}).status_code == 200


def test_the_secret_stays_and_the_token_changes(browser: TestClient) -> None:
    first = browser.get("/form")
    second = browser.get("/form")
    assert "set-cookie" in first.headers
    assert "set-cookie" not in second.headers
    assert first.text != second.text
    assert browser.post("/form", data={"csrf_token": first.text}).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "đ", "A" * 64, "=" * 64])
def test_a_form_without_our_token_is_refused(browser: TestClient, token: str) -> None:
    browser.get("/form")
    answer = browser.post("/form", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "mở đã lâu" in answer.text


def test_the_token_of_another_browser_is_refused(browser: TestClient) -> None:
    stolen = TestClient(build(), base_url="https://tram.example").get("/form").text
    browser.get("/form")
    assert browser.post("/form", data={"csrf_token": stolen}).status_code == 403


def test_a_request_from_another_site_is_refused_even_with_a_token(browser: TestClient) -> None:
    token = browser.get("/form").text
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
    ):
        assert browser.post("/form", data={"csrf_token": token}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"origin": "https://tram.example"}, True),
        ({"origin": "null"}, True),
        ({}, True),
        ({"origin": "https://tram.example.evil"}, False),
    ],
)
def test_what_the_browser_says_of_the_origin(headers: dict[str, str], ours: bool) -> None:
    assert is_same_origin(Headers({"host": "tram.example", **headers})) is ours


def test_pages_travel_packed_and_streams_do_not(browser: TestClient) -> None:
    page = browser.get("/nowhere", headers={"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert "<h1>" in page.text
    assert "content-encoding" not in browser.get("/stream", headers={"accept-encoding": "gzip"}).headers


def test_reports_of_the_policy_are_taken_and_bounded(browser: TestClient) -> None:
    report = b'{"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://evil.example/x"}}'
    assert browser.post("/csp", content=report).status_code == 204
    assert browser.post("/csp", content=b"[1]").status_code == 400
    assert browser.post("/csp", content=b"x" * 10_000).status_code == 413


@pytest.mark.parametrize(
    ("wish", "goes_to"),
    [
        ("/patients", "/patients"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_choosing_a_language_leads_back_and_nowhere_else(
    browser: TestClient, wish: str, goes_to: str
) -> None:
    token = browser.get("/form").text
    answer = browser.post("/language", data={"csrf_token": token, "lang": "en", "next": wish})
    assert answer.status_code == 303
    assert answer.headers["location"] == goes_to
    assert browser.cookies["lang"] == "en"
