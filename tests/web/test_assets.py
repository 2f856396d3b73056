"""Static files: addresses, caching, compression."""

import gzip

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from web.assets import IMMUTABLE, assets
from web.common.routes import router


@pytest.fixture
def browser() -> TestClient:
    app = FastAPI(openapi_url=None)
    app.include_router(router)
    return TestClient(app)


def test_every_file_has_an_address_that_answers(browser: TestClient) -> None:
    for path in assets().paths():
        answer = browser.get(assets().url_of(path))
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.content == assets().get(path).content


def test_texts_travel_packed(browser: TestClient) -> None:
    address = assets().url_of("css/app.css")
    packed = browser.get(address, headers={"accept-encoding": "gzip"})
    plain = browser.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(assets().get("css/app.css").packed or b"") == plain.content


def test_an_address_without_the_present_hash_is_not_kept(browser: TestClient) -> None:
    for address in ("/static/js/boot.js", "/static/js/0123456789/boot.js", "/favicon.ico"):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        again = browser.get(address, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["css/tokens.css", "../security.py", "js/", "VENDOR.json", "js/../../forms.py"]
)
def test_nothing_else_is_served(browser: TestClient, path: str) -> None:
    assert browser.get(f"/static/{path}").status_code == 404


def test_styles_point_at_hashed_addresses() -> None:
    sheet = assets().get("css/app.css").content.decode()
    assert assets().url_of("fonts/be-vietnam-pro-400.woff2") in sheet
    assert "../" not in sheet
    assert "/*" not in sheet


def test_modules_can_import_each_other_under_one_hash() -> None:
    app, live = assets().url_of("js/app.js"), assets().url_of("js/live.js")
    assert app.rsplit("/", 1)[0] == live.rsplit("/", 1)[0]


def test_an_unknown_file_has_no_address() -> None:
    with pytest.raises(KeyError):
        assets().url_of("js/no-such-file.js")
