"""Is the process alive, and can it do its work? For proxies and for `make demo` to wait on."""

import shutil

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import text

from telehealth.access.deps import public
from telehealth.kit.deps import database_of, settings_of
from telehealth.messaging.service import find_oldest_due
from telehealth.scheduling import queries as scheduling
from telehealth.urgent import queries as urgent

router = APIRouter(dependencies=[Depends(public)], include_in_schema=False)

FREE_BYTES_NEEDED = 500_000_000


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Answer as long as the event loop turns; touches nothing."""
    return {"status": "ok"}


@router.get("/readyz")
def is_ready(request: Request, response: Response) -> dict[str, str | int]:
    """Tell whether the database can be written and the disk has room; 503 when not.

    How long that waits which waits longest is told beside it and decides nothing: the text to send, the hold
    or request whose time is over, the urgent request whose next step is due. Where no worker runs it grows,
    and the pages work all the same.
    """
    checks = {"database": _database(request), "disk": _disk(request)}
    if any(value != "ok" for value in checks.values()):
        response.status_code = 503
    return {**checks, **_waiting(request)}


def _database(request: Request) -> str:
    # A write transaction that changes nothing: it needs the lock, the disk and the connection.
    with database_of(request).write() as unit:
        unit.session.connection().execute(text("SELECT 1"))
    return "ok"


def _waiting(request: Request) -> dict[str, int]:
    with database_of(request).read() as unit:
        session, now = unit.session, unit.now
        oldest = {
            "sms_waiting_seconds": find_oldest_due(session, now=now),
            "appointments_waiting_seconds": scheduling.oldest_due(session, now=now),
            "urgent_waiting_seconds": urgent.oldest_due(session, now=now),
        }
    return {name: max(0, int((now - at).total_seconds())) if at else 0 for name, at in oldest.items()}


def _disk(request: Request) -> str:
    free = shutil.disk_usage(settings_of(request).data_dir).free
    return "ok" if free >= FREE_BYTES_NEEDED else "full"
