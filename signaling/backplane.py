"""Says "look at this room" to every server that may hold it.

Only a wake-up: losing one, or all, loses nothing.
What changed stands in the domain's facts; whoever is woken reads them.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL: Final = "signaling:rooms"
RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

Listener = Callable[[UUID | None], None]
_log = logging.getLogger(__name__)


class Backplane(Protocol):
    """Carries wake-ups between the domain and the servers."""

    @property
    def is_alone(self) -> bool:
        """No other server can hold a room."""
        ...

    async def start(self, listener: Listener) -> None:
        """Begin to hear; `listener` is called in this event loop, with None for "look at every room"."""
        ...

    async def stop(self) -> None:
        """Hear no more."""
        ...

    def wake(self, room_id: UUID) -> None:
        """Have every server look at the room; from any thread, returns at once, never raises."""
        ...


class InProcessBackplane:
    """For one server: the wake-up crosses threads, nothing else."""

    is_alone = True

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None

    async def start(self, listener: Listener) -> None:
        """Begin to hear."""
        self._loop, self._listener = asyncio.get_running_loop(), listener

    async def stop(self) -> None:
        """Hear no more."""
        self._loop = self._listener = None

    def wake(self, room_id: UUID) -> None:
        """Have the server of this process look at the room; from any thread."""
        loop, listener = self._loop, self._listener
        if loop is not None and listener is not None and not loop.is_closed():
            loop.call_soon_threadsafe(listener, room_id)


class RedisBackplane:
    """For several servers: Redis pub/sub, at most once. After each (re)connection every room is looked at."""

    is_alone = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = InProcessBackplane()
        self._redis: Redis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listening: asyncio.Task[None] | None = None
        self._publishing: set[asyncio.Task[None]] = set()

    async def start(self, listener: Listener) -> None:
        """Begin to hear; a Redis that is away is tried again for as long as this runs."""
        await self._local.start(listener)
        self._loop = asyncio.get_running_loop()
        self._redis = Redis.from_url(self._url, socket_connect_timeout=3, health_check_interval=15)
        self._listening = asyncio.create_task(self._listen(self._redis, listener))

    async def stop(self) -> None:
        """Hear no more."""
        await self._local.stop()
        tasks = [*self._publishing, *([self._listening] if self._listening else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()
        self._redis = self._listening = self._loop = None

    def wake(self, room_id: UUID) -> None:
        """Have every server look at the room: this one at once, the others through Redis; from any thread."""
        self._local.wake(room_id)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._publish_soon, room_id)

    def _publish_soon(self, room_id: UUID) -> None:
        if self._redis is not None:
            task = asyncio.create_task(self._publish(self._redis, room_id))
            self._publishing.add(task)
            task.add_done_callback(self._publishing.discard)

    async def _publish(self, redis: Redis, room_id: UUID) -> None:
        try:
            await redis.publish(CHANNEL, str(room_id))
        except (RedisError, OSError) as error:
            _log.warning("wake-up not sent to other servers: %s", type(error).__name__)

    async def _listen(self, redis: Redis, listener: Listener) -> None:
        failures = 0
        while True:
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    failures = 0
                    listener(None)
                    async for message in channel.listen():
                        _hear(message.get("data"), listener)
            except (RedisError, OSError) as error:
                _log.warning("backplane lost, trying again: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1


def _hear(data: object, listener: Listener) -> None:
    """Pass a wake-up on; whatever else is on the channel is not ours."""
    try:
        room_id = UUID(data.decode()) if isinstance(data, bytes) else None
    except ValueError:
        return
    if room_id is not None:
        listener(room_id)
