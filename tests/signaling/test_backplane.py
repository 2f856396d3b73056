"""Wake-ups through a real Redis: from any thread, to every server, and again after Redis was away."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from signaling.backplane import CHANNEL, InProcessBackplane, RedisBackplane
from tests.signaling.line import until
from tests.support.redis import RedisServer, own_redis

pytestmark = pytest.mark.anyio


def deaf(_batch: bytes) -> None:
    """Hears no batches."""


def quiet() -> None:
    """Nothing depends on what was lost."""


async def test_in_process_wakes_from_any_thread() -> None:
    heard: list[UUID | None] = []
    backplane = InProcessBackplane()
    backplane.wake(uuid4())
    await backplane.start(heard.append, deaf, quiet)
    room = uuid4()
    await asyncio.to_thread(backplane.wake, room)
    await until(lambda: heard == [room])
    await backplane.stop()
    backplane.wake(room)
    assert heard == [room]


async def test_redis_wakes_the_other_servers(redis_server: RedisServer) -> None:
    here: list[UUID | None] = []
    there: list[UUID | None] = []
    one, other = RedisBackplane(redis_server.url), RedisBackplane(redis_server.url)
    await one.start(here.append, deaf, quiet)
    await other.start(there.append, deaf, quiet)
    await until(lambda: None in here and None in there)
    room = uuid4()
    await asyncio.to_thread(one.wake, room)
    await until(lambda: room in here and room in there)
    await one.stop()
    await other.stop()


async def test_what_is_not_a_wake_up_is_passed_over(tmp_path: Path) -> None:
    heard: list[UUID | None] = []
    room = uuid4()
    with own_redis(tmp_path) as server:  # on the one of the run, rooms of other tests are heard as well
        backplane = RedisBackplane(server.url)
        await backplane.start(heard.append, deaf, quiet)
        await until(lambda: None in heard)
        redis = Redis.from_url(server.url)
        for payload in (b"\xff", b"", b"not-a-room", bytes(16) + room.bytes):
            await redis.publish(CHANNEL, payload)
        await until(lambda: room in heard)
        await redis.aclose()
        await backplane.stop()
    assert set(heard) == {None, room}


async def test_after_redis_was_away_every_room_is_looked_at(tmp_path: Path) -> None:
    heard: list[UUID | None] = []
    with own_redis(tmp_path) as server:
        backplane = RedisBackplane(server.url)
        await backplane.start(heard.append, deaf, quiet)
        await until(lambda: heard == [None])
    room = uuid4()
    backplane.wake(room)
    await until(lambda: heard == [None, room])
    with own_redis(tmp_path, port=server.port):
        await until(lambda: heard == [None, room, None])
        other = uuid4()
        backplane.wake(other)
        await until(lambda: other in heard)
        await backplane.stop()
