"""Every route from the request to the slip."""

from fastapi import APIRouter

from web.booking import asking, choosing, confirming

router = APIRouter()
router.include_router(asking.router)
router.include_router(choosing.router)
router.include_router(confirming.router)
