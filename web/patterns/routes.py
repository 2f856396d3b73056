"""The route of the pattern page."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from telehealth.access.deps import public
from telehealth.kit.deps import AppSettings
from telehealth.kit.errors import NotFoundError
from web.patterns.pages import PatternsPage
from web.render import render

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])


@router.get("/patterns")
def show_patterns(request: Request, settings: AppSettings) -> Response:
    """Show every component; outside demonstration mode there is no such page."""
    if not settings.demo:
        raise NotFoundError("page-not-found")
    return render(request, PatternsPage.example())
