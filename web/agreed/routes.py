"""Every route by which an agreed appointment is changed."""

from fastapi import APIRouter

from web.agreed import arranging, beyond, moving

router = APIRouter()
router.include_router(moving.router)
router.include_router(arranging.router)
router.include_router(beyond.router)
