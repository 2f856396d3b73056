"""Errors of the JSON API as RFC 9457 `application/problem+json`.

Pages answer errors with pages (web/errors.py); both say the same words, from the catalogues.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import compile_path

from telehealth.kit.errors import DomainError, InvalidError, Kind
from telehealth.kit.schemas import FieldProblem, Problem

PROBLEM_TYPE = "https://telehealth-xa.example/problems/"
"""Prefix of problem types: a stable name, not an address anyone must be able to open."""

Describe = Callable[[Request, str, dict[str, Any]], str]
ErrorPage = Callable[[Request, DomainError], Any]
Note = Callable[[Request, DomainError], None]


def install_problems(app: FastAPI, *, describe: Describe, page: ErrorPage, note: Note) -> None:
    """Let the app answer refusals: as JSON below /api, as a page anywhere else.

    `describe(request, code, facts)` gives the user's words; `page(request, error)` a response;
    `note(request, error)` is told of each refusal first.
    """

    def answer(request: Request, error: DomainError, errors: Sequence[FieldProblem] = ()) -> Any:
        if not request.scope["path"].startswith("/api/"):
            return page(request, error)
        detail = describe(request, error.code, error.facts)
        if isinstance(error, InvalidError) and error.field and not errors:
            errors = [FieldProblem(pointer=f"/{error.field}", code=error.code, detail=detail)]
        return problem_response(error, detail, errors)

    async def refused(request: Request, error: Exception) -> Any:
        refusal = error if isinstance(error, DomainError) else _unexpected()
        note(request, refusal)
        return answer(request, refusal)

    def field_problem(request: Request, item: dict[str, Any]) -> FieldProblem:
        words = _FIELD_WORDS.get(item["type"], "value-invalid")
        return FieldProblem(pointer=_pointer(item), code=item["type"], detail=describe(request, words, {}))

    async def invalid(request: Request, error: Exception) -> Any:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        if any(item["loc"][:1] == ("path",) for item in found):
            # What cannot be an id is no id of anything: as unknown as any other.
            return answer(request, _from_status(404))
        return answer(
            request, InvalidError("invalid-input"), [field_problem(request, item) for item in found]
        )

    async def http_error(request: Request, error: Exception) -> Any:
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = answer(request, _from_status(status))
        response.headers.update(_allowed(request, status))
        return response

    async def hung_up(_request: Request, _error: Exception) -> Response:
        # Nobody is there to read it; it keeps a lost line from being logged as a fault.
        return Response(status_code=400)

    app.add_exception_handler(ClientDisconnect, hung_up)
    app.add_exception_handler(DomainError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, refused)


def problem_response(error: DomainError, detail: str, errors: Sequence[FieldProblem] = ()) -> JSONResponse:
    """Build the response of a refusal; `facts` travel as they are (alternatives of a taken slot)."""
    problem = Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.code.replace("-", " "),
        status=error.status,
        code=error.code,
        detail=detail,
        errors=list(errors),
        facts={**error.facts, **error.shown},
    )
    headers = {"WWW-Authenticate": "Bearer"} if error.kind is Kind.NOT_SIGNED_IN else {}
    return JSONResponse(
        problem.model_dump(mode="json"), error.status, headers, media_type="application/problem+json"
    )


def _allowed(request: Request, status: int) -> dict[str, str]:
    """Return, for a method that is not there, the header with those that are (RFC 9110, 15.5.6).

    Each belongs to a route of its own, and the framework names the first one's only.
    """
    if status != 405:
        return {}
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if _pattern(context.path).match(request.scope["path"]):
            found |= set(getattr(context, "methods", None) or ())
    return {"Allow": ", ".join(sorted(found))}


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


_FIELD_WORDS = {"missing": "value-missing", "extra_forbidden": "value-unknown", "json_invalid": "bad-request"}
"""What a person reads of one wrong value; the code beside it is Pydantic's, for the program."""


def _pointer(item: dict[str, Any]) -> str:
    """Return where in the request a value is wrong, as a JSON Pointer (RFC 6901)."""
    if item["type"] == "json_invalid":
        return ""
    path = [str(part) for part in item["loc"] if part != "body"]
    return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)


_HTTP_KINDS = {
    404: ("page-not-found", Kind.NOT_FOUND),
    405: ("method-not-allowed", Kind.INVALID),
    413: ("too-large", Kind.INVALID),
}


class _HttpRefusal(DomainError):
    """A refusal of the framework, which keeps the status it came with."""

    def __init__(self, status: int) -> None:
        code, kind = _HTTP_KINDS.get(status, ("bad-request", Kind.INVALID))
        super().__init__(code, kind)
        self._status = status

    @property
    def status(self) -> int:
        """The status the framework chose."""
        return self._status


def _from_status(status: int) -> DomainError:
    return _HttpRefusal(status)


def _unexpected() -> DomainError:
    return DomainError("unexpected", Kind.UNAVAILABLE)
