"""The documentation page of the API."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from telehealth.access.deps import public
from telehealth.kit.deps import AppSettings
from web.docs.openapi import groups_of, shapes_of
from web.docs.pages import ApiPage
from web.render import render

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])


@router.get("/docs")
def api_documentation(request: Request, settings: AppSettings) -> Response:
    """Print what a program can ask for, from the same document programs read."""
    document = request.app.openapi()
    page = ApiPage(base_url=settings.base_url, groups=groups_of(document), shapes=shapes_of(document))
    return render(request, page)
