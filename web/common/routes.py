"""Routes every page relies on."""

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from telehealth.access.deps import public
from web import assets, i18n
from web.paths import own_path
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
_log = logging.getLogger(__name__)
_YEAR = 365 * 24 * 3600
_REPORT_LIMIT = 8_192


@router.get("/static/{address:path}")
@router.head("/static/{address:path}")
def static_file(request: Request, address: str) -> Response:
    """Send a static file; addresses with a hash may be kept for a year."""
    return assets.serve(request, address)


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """Answer browsers that ask for the mark without reading the page."""
    return assets.serve(request, "icons/mark.svg")


@router.get("/sw.js")
def worker(request: Request) -> Response:
    """Send the browser's worker; from the root, because its address says which pages it may bring up."""
    return assets.serve(request, "js/ring/worker.js")


@router.post("/language", dependencies=[CsrfProtected])
def choose_language(request: Request, form: PostedForm) -> Response:
    """Remember the language in a cookie and go back to the page one came from."""
    chosen = form.get("lang")
    back = form.get("next")
    response = RedirectResponse(own_path(back) or "/", status_code=303)
    if chosen in i18n.LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(i18n.COOKIE, str(chosen), _YEAR, secure=secure, httponly=True, samesite="lax")
    return response


@router.post("/csp")
async def policy_report(request: Request) -> Response:
    """Note which rule of the content policy a browser enforced; never the address, it may hold a link."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _REPORT_LIMIT:
            return Response(status_code=413)
    try:
        report: Any = json.loads(body).get("csp-report", {})
        rule = str(report.get("effective-directive", ""))[:40]
        host = urlsplit(str(report.get("blocked-uri", ""))).netloc[:80]
    except (ValueError, AttributeError):
        return Response(status_code=400)
    _log.warning("content policy refused something: %s %s", rule, host)
    return Response(status_code=204)
