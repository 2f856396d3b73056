"""Refusals and faults as pages, in plain words; `telehealth.problems` calls this for everything but /api."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from telehealth.kit.errors import DomainError
from web import i18n
from web.i18n import has_text, t
from web.pages import Layout, Page
from web.render import language_of, render
from web.security import set_policy_headers

SIGN_IN: Final = "/sign-in"
FAULT: Final = "unexpected"
"""The code of what nobody foresaw; said to be a fault (500), not a busy server."""
_OWN_TEXT: Final = {403, 404, 409, 410, 412, 422, 429}
"""Statuses where the refusal's own words, if it has any, say more than the status does."""
_PAGES: Final = {401, 403, 404, 405, 409, 410, 422, 429, 500, 503}
_NEAREST: Final = {400: 422, 412: 409, 413: 422, 428: 409}


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """One page for all errors: what happened, what is safe, what to do."""

    template: ClassVar[str] = "errors/error.html"
    layout: ClassVar[Layout] = "plain"
    title: str
    text: str
    action: str
    href: str
    reference: str

    @classmethod
    def example(cls) -> "ErrorPage":
        """Return a page for something that does not exist."""
        return cls(
            title=t("error-page.404-title"),
            text=t("error-page.404-text"),
            action=t("error-page.home"),
            href="/",
            reference="",
        )


def describe(request: Request, code: str, facts: dict[str, Any]) -> str:
    """Return the user's words for a refusal in the language of the request."""
    with i18n.language(language_of(request)):
        return t(f"errors.{code}", **facts)


def error_page(request: Request, error: DomainError) -> Response:
    """Answer a refused page request: to the sign-in page where that helps, else a page with the status."""
    status = 500 if error.code == FAULT else error.status
    if status == 401 and request.method == "GET" and not _is_stream(request):
        return _to_sign_in(request, error)
    with i18n.language(language_of(request)):
        response = render(request, _page_of(request, error, status), status)
    response.headers["X-Error"] = error.code
    # A fault is answered outside all middleware, which would have set these.
    set_policy_headers(request.scope, response.headers)
    return response


def _page_of(request: Request, error: DomainError, status: int) -> ErrorPage:
    status = status if status in _PAGES else _NEAREST.get(status, 500)
    own = f"errors.{error.code}"
    says_own = status in _OWN_TEXT and has_text(own)
    action, href = ("error-page.home", "/")
    if status == 401:
        action, href = ("error-page.401-action", SIGN_IN)
    elif status in (409, 503) and request.method == "GET":
        action, href = ("error-page.retry", request.url.path)
    return ErrorPage(
        title=t(f"error-page.{status}-title"),
        text=t(own, **error.facts) if says_own else t(f"error-page.{status}-text"),
        action=t(action),
        href=href,
        reference=str(getattr(request.state, "request_id", "")) if status == 500 else "",
    )


def _is_stream(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def _to_sign_in(request: Request, error: DomainError) -> Response:
    """Send a browser to sign in and then back, saying why; a part that refreshes loads the whole page."""
    is_part = request.headers.get("hx-request") == "true"
    back = urlsplit(request.headers.get("hx-current-url", "/")).path if is_part else request.url.path
    query = {"next": back} if back != "/" else {}
    if error.code == "signed-out-idle":
        query["why"] = "idle"
    target = f"{SIGN_IN}?{urlencode(query, safe='/')}" if query else SIGN_IN
    if is_part:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)
