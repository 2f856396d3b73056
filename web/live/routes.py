"""Server-sent events from the durable change rows.

The stream holds no database session while it waits and asks again whether its reader may still
read. A wake-up only says "look": losing one costs a few seconds, never a change.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from telehealth.access.deps import Allow, signed_in
from telehealth.kit.changes import Cursor, News, before, read_changes
from telehealth.kit.deps import database_of
from telehealth.kit.errors import DomainError
from telehealth.staff.actors import MembershipActor

router = APIRouter(include_in_schema=False)

LOOK_AGAIN_SECONDS: Final = (0.25, 0.25, 0.5, 1.0, 1.0)
"""The pauses after a wake-up that showed nothing: a row waits until every older transaction has ended,
and one of those may end without a word."""

LOOK_EVERY_SECONDS: Final = 5.0
"""How long a lost wake-up can delay news, and how soon a disabled person's stream ends."""

RETRY_MS: Final = 3_000

OLDEST_PAGE_MS: Final = 120_000
"""Older pages ask for everything instead."""

MARGIN: Final = timedelta(milliseconds=300)
"""A change bears the time its act began and is seen when that is committed; and no two requests take the
same time on their way. More would tell people of what they did themselves before the page was printed."""


@router.get("/live")
async def live(
    request: Request,
    actor: Annotated[MembershipActor, Allow("live.read", is_activity=False)],
    last_event_id: Annotated[str | None, Header()] = None,
    age: Annotated[int, Query(ge=0, le=OLDEST_PAGE_MS)] = 0,
) -> StreamingResponse:
    """Stream `change` events (topic and id, never contents) of the reader's facility and membership.

    `age` is how many milliseconds ago the page was asked for: what changed since then is told first.
    """
    start = Cursor.parse(last_event_id or "")
    if start is None:
        start = await run_in_threadpool(_asked, request, actor, age)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(request, actor, start), media_type="text/event-stream", headers=headers)


async def _events(request: Request, actor: MembershipActor, cursor: Cursor) -> AsyncIterator[str]:
    waker = request.app.state.waker
    yield f"retry: {RETRY_MS}\nid: {cursor}\nevent: ready\ndata: {{}}\n\n"
    pauses: Iterator[float] = iter(())
    while not await request.is_disconnected() and not waker.is_closing:
        try:
            changes = await run_in_threadpool(_read, request, actor, cursor)
        except DomainError:
            # Signed out or disabled meanwhile: the page will find out when it asks.
            yield "event: signed-out\ndata: {}\n\n"
            return
        for change in changes:
            cursor = change.cursor
            told = f'{{"topic":"{change.topic}","id":"{change.subject_id}"}}'
            yield f"id: {cursor}\nevent: change\ndata: {told}\n\n"
        if not changes:
            yield ": still here\n\n"
            if await waker.wait(next(pauses, LOOK_EVERY_SECONDS)):
                pauses = iter(LOOK_AGAIN_SECONDS)


def _asked(request: Request, actor: MembershipActor, age: int) -> Cursor:
    """Return where a page of this age begins to read."""
    with database_of(request).read() as unit:
        at = unit.now - timedelta(milliseconds=age) - MARGIN
        return before(unit.session, [actor.ref, actor.here], at)


def _read(request: Request, actor: MembershipActor, cursor: Cursor) -> list[News]:
    signed_in(request, is_activity=False)
    with database_of(request).read() as unit:
        return read_changes(unit.session, [actor.ref, actor.here], cursor)


class Waker:
    """Turns wake-ups of any thread into one that streams of this event loop can wait for."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()
        self.is_closing = False

    def attach(self) -> None:
        """Bind to the running loop; wake-ups before that are dropped, as nobody waits yet."""
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """Let every waiting stream look; callable from any thread."""
        loop: Any = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._ring)

    def close(self) -> None:
        """Let every stream end, so that the server can stop at once."""
        self.is_closing = True
        self._ring()

    async def wait(self, seconds: float) -> bool:
        """Wait for the next wake-up, at most this long; tell whether it came."""
        event = self._event
        try:
            return await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False

    def _ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()
