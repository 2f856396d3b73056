"""Printing a page: one Jinja environment, the frame around it, fragments for live regions.

Templates see the fields of their Page, `chrome`, `page` (layout and current place), `ui` (every macro of
templates/components) and the functions `t`, `asset`, `csrf_token`, `nonce`, `refresh_proof`. Nothing else:
a test compares.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Macro

from telehealth.access.deps import REFRESH_HEADER, cookie_name
from telehealth.kit.deps import database_of, settings_of
from web import i18n, security
from web.assets import asset, shapes_of
from web.chrome import chrome_for
from web.pages import Page
from web.summary import name_fields

FOLDER: Final = Path(__file__).parent / "templates"
GLOBALS: Final = (
    "t", "asset", "csrf_token", "nonce", "refresh_proof", "language", "ui", "is_drawn", "shapes_of"
)  # fmt: skip
CONTEXT: Final = ("chrome", "page")
HTTP_REFUSED: Final = 400
CALLS: Final = "/calls/"
"""The addresses of calls, which no part of their page ever leads away from."""


@dataclass(frozen=True)
class Printing:
    """What the functions of a template need to know about the request being answered."""

    nonce: str
    new_csrf_token: Callable[[], str]
    refresh_proof: Callable[[str], str]


DRAWN: Final = frozenset({"patient", "plain"})
"""Layouts whose pages hold the icons they show: a phone that sees one page does not fetch all of them."""

_printing: ContextVar[Printing] = ContextVar("printing")
_layout: ContextVar[str] = ContextVar("layout", default="staff")


def render(request: Request, page: Page, status: int = 200, *, part: str = "") -> HTMLResponse:
    """Print a page, or only the fragment htmx asked for; sets the CSRF cookie when it is new.

    `part` names another element than the one htmx asked for: it is the one to be replaced. A live part whose
    page has become another is never answered with that whole page: the browser is led to it.
    """
    asked = request.headers.get("hx-target", "")
    wanted = part if part and "hx-request" in request.headers else asked
    block = page.fragments.get(wanted)
    if block is None and status < HTTP_REFUSED and _asks_for_live_part(request):
        return _lead_on(request)
    with _printing_for(request):
        body = print_page(page, chrome_for(request, page), block)
    response = HTMLResponse(body, status)
    if block is not None and wanted != asked:
        response.headers["HX-Retarget"] = f"#{wanted}"
        response.headers["HX-Reswap"] = "outerHTML"
    response.headers["Content-Language"] = language_of(request)
    response.headers["Vary"] = "Cookie, Accept-Language, HX-Request, HX-Target"
    security.keep_csrf_cookie(request, response)
    return response


def _asks_for_live_part(request: Request) -> bool:
    return request.method == "GET" and "hx-request" in request.headers and REFRESH_HEADER in request.headers


def _lead_on(request: Request) -> HTMLResponse:
    """Send the browser to the address it asked; whoever is in a call stays there with what they have."""
    shown = urlsplit(request.headers.get("hx-current-url", "")).path
    if shown.startswith(CALLS):
        return HTMLResponse(status_code=204)
    to = f"{request.url.path}?{request.url.query}".rstrip("?")
    return HTMLResponse(status_code=204, headers={"HX-Redirect": to})


def print_page(page: Page, chrome: object, block: str | None = None) -> str:
    """Return the HTML of a page or of one of its blocks; needs an open `printing` context."""
    values = {each.name: getattr(page, each.name) for each in fields(page)}
    values = {"chrome": chrome, "page": page, **values}
    template = environment().get_template(page.template)
    token = _layout.set(page.layout)
    try:
        if block is None:
            return name_fields(template.render(values))
        return name_fields("".join(template.blocks[block](template.new_context(values))))
    finally:
        _layout.reset(token)


@contextmanager
def printing(
    nonce: str,
    new_csrf_token: Callable[[], str],
    language: str,
    refresh_proof: Callable[[str], str] = lambda _address: "",
) -> Iterator[None]:
    """Print for this nonce, these sources of tokens and this language inside the block."""
    token = _printing.set(Printing(nonce, new_csrf_token, refresh_proof))
    try:
        with i18n.language(language):
            yield
    finally:
        _printing.reset(token)


@contextmanager
def _printing_for(request: Request) -> Iterator[None]:
    nonce = getattr(request.state, "nonce", "")
    token, language = partial(security.csrf_token, request), language_of(request)
    with printing(nonce, token, language, partial(refresh_proof, request)):
        yield


def language_of(request: Request) -> str:
    """Return the language this request is answered in."""
    return i18n.choose_language(request.cookies.get(i18n.COOKIE), request.headers.get("accept-language"))


def redirect(to: str) -> Response:
    """Answer a successful post: the browser fetches the next page (303)."""
    return RedirectResponse(to, status_code=303)


def go_on(request: Request, to: str) -> Response:
    """Answer a successful post of a form that a script may have sent: that one is told where to go on."""
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": to})
    return redirect(to)


def refresh_proof(request: Request, address: str) -> str:
    """Return what proves, later, that this browser was shown the page of an address, by this sign-in."""
    sign_in = request.cookies.get(cookie_name(settings_of(request)), "")
    keyring = database_of(request).keyring
    return keyring.derive("refresh", sign_in, urlsplit(address).path).hex()


def is_refresh(request: Request) -> bool:
    """Say whether a page refreshed itself, which needs no audit row: it was shown, and recorded, before.

    The header alone would let anyone read without a trace; it has to hold the proof the page was given.
    """
    given = request.headers.get(REFRESH_HEADER, "").encode()
    return bool(given) and hmac.compare_digest(given, refresh_proof(request, request.url.path).encode())


class Components(Mapping[str, Macro]):
    """Every macro of templates/components as `ui.<name>`."""

    def __init__(self, env: Environment) -> None:
        self._macros: dict[str, Macro] = {}
        for name in env.list_templates(filter_func=lambda n: n.startswith("components/")):
            for key, value in vars(env.get_template(name).module).items():
                if isinstance(value, Macro) and not key.startswith("_"):
                    if key in self._macros:
                        raise ValueError(f"{name} repeats the macro {key}")
                    self._macros[key] = value

    def __getitem__(self, name: str) -> Macro:
        return self._macros[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._macros)

    def __len__(self) -> int:
        return len(self._macros)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment of this process; templates are compiled once and kept."""
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    functions: dict[str, Any] = {
        "t": i18n.t,
        "asset": asset,
        "csrf_token": lambda: _printing.get().new_csrf_token(),
        "nonce": lambda: _printing.get().nonce,
        "refresh_proof": lambda address: _printing.get().refresh_proof(address),
        "language": i18n.current_language,
        "is_drawn": lambda: _layout.get() in DRAWN,
        "shapes_of": shapes_of,
    }
    env.globals.clear()
    env.globals.update(range=range, **functions)
    env.globals["ui"] = _LazyComponents(env)
    return env


class _LazyComponents:
    """Loads the macros at first use, so that a macro may use `ui` itself."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._loaded: Components | None = None

    def __getattr__(self, name: str) -> Macro:
        if self._loaded is None:
            self._loaded = Components(self._env)
        try:
            return self._loaded[name]
        except KeyError:
            raise AttributeError(f"no component is called {name}") from None
