"""Every page with its example, served without a database: for tests in a browser and for looking at.

`python -m tests.web.gallery FOLDER [part of a template's name]` saves screenshots at 360 and 1280 px.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from playwright.sync_api import sync_playwright
from starlette.responses import Response

from telehealth.access.deps import note_refusal
from telehealth.kit.clock import SystemClock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings
from telehealth.problems import install_problems
from tests.support.chromium import open_browser, open_device
from tests.support.ports import free_port
from tests.support.processes import wait_until
from tests.web.printing import PAGES, Someone
from web import i18n
from web.common.routes import router
from web.errors import describe, error_page
from web.middleware import install_middleware
from web.render import render

NAMES = sorted(template.removesuffix(".html") for template in PAGES)


def build_gallery() -> FastAPI:
    """Return an application that shows /gallery/<template> for every page, with ?role= as another sees it."""
    app = FastAPI(openapi_url=None)
    app.state.settings = Settings()
    app.state.database = Database("sqlite://", clock=SystemClock(), keyring=Keyring.generate())
    i18n.set_strict(True)

    @app.get("/gallery/{name:path}")
    def show(request: Request, name: str) -> Response:
        request.state.actor = Someone(role=request.query_params.get("role", Someone.role))
        return render(request, PAGES[f"{name}.html"].example())

    @app.get("/ring")
    def ring_for_nobody() -> Response:
        return Response(status_code=204)

    @app.post("/drafts/keys")
    def hand_out_keys() -> dict[str, object]:
        return {"keys": [{"id": "k", "secret": "A" * 43 + "="}], "days": 14}

    @app.get("/live")
    def stay_silent() -> Response:
        return Response("retry: 3600000\n\n", media_type="text/event-stream")

    install_problems(app, describe=describe, page=error_page, note=note_refusal)
    app.include_router(router)
    install_middleware(app)
    return app


@contextmanager
def run_gallery() -> Iterator[str]:
    """Serve the gallery on a free loopback port; gives its address."""
    port = free_port()
    config = uvicorn.Config(build_gallery(), port=port, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, what="the gallery")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def save_screenshots(folder: Path, wanted: str = "") -> None:
    """Save every page whose template's name holds `wanted`, at both widths."""
    folder.mkdir(parents=True, exist_ok=True)
    with run_gallery() as address, sync_playwright() as playwright, open_browser(playwright) as browser:
        for is_phone in (True, False):
            with open_device(browser, base_url=address, is_phone=is_phone) as device:
                page = device.new_page()
                for name in (name for name in NAMES if wanted in name):
                    page.goto(f"/gallery/{name}")
                    page.wait_for_load_state("load")
                    page.evaluate("document.fonts.ready")
                    width = 360 if is_phone else 1280
                    page.screenshot(path=folder / f"{name.replace('/', '-')}-{width}.png", full_page=True)


if __name__ == "__main__":
    save_screenshots(Path(sys.argv[1]), *sys.argv[2:3])
