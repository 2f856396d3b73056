"""The whole application in the test's own process, and those who use it: browsers and programs.

app = build_app(database, tmp_path, clock)
nurse = Browser(app, token=make_sign_in(session, actor, now=clock.now()))
nurse.post("/patients/new", {"full_name": "Lý Thị Lụa"})
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.routing import BaseRoute

from telehealth.kit.clock import Clock
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings
from telehealth.main import API_ROUTERS, PAGE_ROUTERS, create_app
from tests.support.portal import Client

ADDRESS = "http://127.0.0.1:8000"

_PROOF = re.compile(r'hx-get="([^"?]+)[^>]*"X-Live-Refresh": "([0-9a-f]{64})"')
_ROUTERS = frozenset(map(id, (*API_ROUTERS, *PAGE_ROUTERS)))
_included: dict[int, BaseRoute] = {}

_CSRF = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


def build_app(database: Database, folder: Path, clock: Clock, **settings: Any) -> FastAPI:
    """Build the application over a test's database, with its keys, without timed jobs."""
    database.keyring.save(folder / "keys.json")
    chosen = {"data_dir": folder, "database_url": database.url, "run_jobs": False, **settings}
    app = create_app(Settings(**chosen), clock=clock)
    # The test closes the connections of its own database: those are the ones to use.
    app.state.database.dispose()
    app.state.database.writer, app.state.database.reader = database.writer, database.reader
    _share_routes(app)
    return app


def _share_routes(app: FastAPI) -> None:
    """Let every application of this process use what the first one worked out of the same routers.

    FastAPI analyses a route's parameters when it is first asked for: half a second of work for all of ours,
    which a program does once and a test would do anew.
    """
    for place, route in enumerate(app.router.routes):
        router = id(getattr(route, "original_router", None))
        if router in _ROUTERS:
            app.router.routes[place] = _included.setdefault(router, route)


class Browser:
    """A browser that holds a sign-in cookie (or none), never follows redirects and fills in forms."""

    def __init__(self, app: FastAPI, token: str | None = None) -> None:
        self.client = Client(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=True)
        if token is not None:
            self.client.cookies.set("signin", token)
        self._proofs: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Response:
        """Open a page; `hx_target="results"` asks as htmx does.

        `x_live_refresh="1"` refreshes a part, with the proof the page gave when it was opened.
        """
        page = path.partition("?")[0]
        if headers.get("x_live_refresh") == "1":
            headers["x_live_refresh"] = self._proofs.get(page, "1")
        answer = self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        self._proofs |= dict(_PROOF.findall(answer.text))
        return answer

    def post(
        self,
        path: str,
        data: Mapping[str, str | Sequence[str]] | None = None,
        *,
        page: str | None = None,
        **headers: str,
    ) -> Response:
        """Open the page with the form (`page`, else the same path), then send the form's token and data.

        Headers are named as in `get`.
        """
        found = _CSRF.search(self.get(page or path).text)
        if found is None:
            raise AssertionError(f"no form on {page or path}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, data={"csrf_token": found[1], **(data or {})}, headers=named)


def api_client(app: FastAPI, token: str) -> Client:
    """Return a program that calls the JSON API with a bearer token."""
    return Client(app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token}"})
