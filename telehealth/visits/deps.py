"""Receiving an attachment at an edge: its bytes read in one unit, washed in none, kept in another."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from telehealth.files.deps import storage_of
from telehealth.files.rules import Washed
from telehealth.files.service import wash, wash_preview
from telehealth.kit.actors import Actor
from telehealth.kit.deps import database_of, washing_place, write_unit
from telehealth.kit.errors import InvalidError
from telehealth.visits import service
from telehealth.visits.models import Attachment
from telehealth.visits.service import Attaching


async def receive_upload(connection: HTTPConnection, actor: Actor, attaching: Attaching) -> Attachment:
    """Make a finished upload an attachment; one that is refused is taken away, and leaves nothing behind.

    Raises what `files.service.wash`, `visits.service.take_upload` and `attach` refuse, and `busy`.
    """
    known, content = await run_in_threadpool(_look, connection, actor, attaching)
    if known is not None:
        return known
    try:
        washed = await _washed(connection, content, is_preview=attaching.is_preview)
    except InvalidError:
        await run_in_threadpool(_refuse, connection, actor, attaching)
        raise
    return await _keep(connection, actor, attaching, washed)


async def receive_content(
    connection: HTTPConnection, actor: Actor, attaching: Attaching, content: bytes
) -> Attachment:
    """Make what came with a form an attachment; nothing is kept of what is refused."""
    return await _keep(connection, actor, attaching, await _washed(connection, content, is_preview=False))


async def _washed(connection: HTTPConnection, content: bytes, *, is_preview: bool) -> Washed:
    async with washing_place(connection):
        return await run_in_threadpool(wash_preview if is_preview else wash, content)


async def _keep(connection: HTTPConnection, actor: Actor, attaching: Attaching, washed: Washed) -> Attachment:
    storage = storage_of(connection)
    async with write_unit(connection) as unit:
        return await run_in_threadpool(
            service.attach, unit.session, storage, actor, attaching, washed, now=unit.now
        )


def _look(connection: HTTPConnection, actor: Actor, attaching: Attaching) -> tuple[Attachment | None, bytes]:
    """Return what the upload became already, or its bytes."""
    if attaching.upload_id is None:
        raise ValueError("an upload has an id")
    with database_of(connection).read() as unit:
        known = service.find_attached(unit.session, actor, attaching.upload_id, now=unit.now)
        if known is not None:
            unit.session.expunge(known)
            return known, b""
        content = service.take_upload(
            unit.session,
            storage_of(connection),
            actor,
            attaching.visit_id,
            attaching.upload_id,
            now=unit.now,
        )
        return None, content


def _refuse(connection: HTTPConnection, actor: Actor, attaching: Attaching) -> None:
    if attaching.upload_id is not None:
        with database_of(connection).write() as unit:
            service.refuse_upload(unit.session, storage_of(connection), actor, attaching.upload_id)
