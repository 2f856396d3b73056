"""What edges that take or give files need: the store, and the bytes of one chunk."""

from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from telehealth.files.storage import Storage

PICTURE_HEADERS: Final = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""A picture is shown inside pages of ours; opened by its address it is saved, and runs nothing."""


def storage_of(connection: HTTPConnection) -> Storage:
    """Return the store of the running application."""
    storage: Storage = connection.app.state.storage
    return storage


async def body_of(request: Request) -> bytes:
    """Return the body of a request; how long one may be is bounded before it is read."""
    return await request.body()


FileStore = Annotated[Storage, Depends(storage_of)]
ChunkBody = Annotated[bytes, Depends(body_of)]
