"""One event loop for all in-process clients of a worker, in a thread of its own.

Starlette's test client would start a thread and an event loop for every single request, and the endpoint
yet another thread: more work than most of the requests themselves.
"""

from contextlib import AbstractContextManager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.testclient import TestClient

_open: list[tuple[AbstractContextManager[BlockingPortal], BlockingPortal]] = []


class Client(TestClient):
    """A test client whose requests run on the worker's loop; as a context manager it has its own."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.portal = _portal()


def close_portal() -> None:
    """Stop the loop and its threads, if they were started."""
    while _open:
        manager, _ = _open.pop()
        manager.__exit__(None, None, None)


def _portal() -> BlockingPortal:
    if not _open:
        manager = start_blocking_portal("asyncio")
        _open.append((manager, manager.__enter__()))
    return _open[0][1]
