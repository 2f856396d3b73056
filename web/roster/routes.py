"""Routes of rosters, page by page."""

from fastapi import APIRouter

from web.roster import board, own, planning

router = APIRouter(include_in_schema=False)
for part in (board, planning, own):
    router.include_router(part.router)
