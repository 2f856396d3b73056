"""Every route from the request to the slip."""

from fastapi import APIRouter

from web.booking import arranging, asking, choosing, confirming, moving

router = APIRouter()
router.include_router(asking.router)
router.include_router(choosing.router)
router.include_router(confirming.router)
router.include_router(moving.router)
router.include_router(arranging.router)
