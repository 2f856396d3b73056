"""Between the servers: "look at this room" to every one, and frames of forwarded sockets from one to another.

Losing a message, or all, loses nothing: what changed stands in the domain's facts, which whoever is woken
reads; and a socket whose frames may have been lost is closed, so that its page resumes.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

T = TypeVar("T")

CHANNEL: Final = "signaling:rooms"
NODE_CHANNEL: Final = "signaling:node:"
RETRY_SECONDS: Final = (0.1, 0.2, 0.5)  # never more: who is back is found within the second
BEAT_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 3.5
SETTLED_SECONDS: Final = 1.0
BEAT: Final = b""

Listener = Callable[[UUID | None], None]
Hearer = Callable[[bytes], None]
Loser = Callable[[], None]
_log = logging.getLogger(__name__)


class Backplane(Protocol):
    """Carries wake-ups between the domain and the servers, and batches of frames between two servers."""

    @property
    def is_alone(self) -> bool:
        """No other server can hold a room."""
        ...

    @property
    def node(self) -> UUID:
        """This server, from its start to its end."""
        ...

    @property
    def is_up(self) -> bool:
        """What is sent to other servers arrives, as far as can be told."""
        ...

    @property
    def is_settled(self) -> bool:
        """It has been so for long enough that others are, too: who does not hear us is gone."""
        ...

    async def start(self, listener: Listener, hearer: Hearer, loser: Loser) -> None:
        """Begin to hear, in this event loop.

        `listener` is told of rooms to look at, None for every room; `hearer` of batches for this server;
        `loser` when batches may have been lost.
        """
        ...

    async def stop(self) -> None:
        """Hear no more."""
        ...

    def wake(self, room_id: UUID) -> None:
        """Have every server look at the room; from any thread, returns at once, never raises."""
        ...

    def wake_others(self, room_id: UUID) -> None:
        """Have every other server look at the room."""
        ...

    async def post(self, node: UUID, batch: bytes) -> bool | None:
        """Send a batch to a server; tell whether somebody heard it, None where it was not sent."""
        ...


class InProcessBackplane:
    """For one server: the wake-up crosses threads, nothing else."""

    is_alone = True
    is_up = True
    is_settled = True

    def __init__(self) -> None:
        self.node = uuid4()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None

    async def start(self, listener: Listener, hearer: Hearer, loser: Loser) -> None:  # noqa: ARG002  (nobody else)
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

    def wake_others(self, room_id: UUID) -> None:
        """There are none."""

    async def post(self, node: UUID, batch: bytes) -> bool | None:  # noqa: ARG002  (nobody else)
        """There is nobody else."""
        return False


class RedisBackplane:
    """For several servers: Redis pub/sub, at most once. After each (re)connection every room is looked at.

    A server hears its own beat through Redis every second: one that does not holds Redis for lost, however
    alive the connection looks.
    """

    is_alone = False

    def __init__(self, url: str) -> None:
        self.node = uuid4()
        self._url = url
        self._local = InProcessBackplane()
        self._redis: Redis | None = None
        self._ear: Redis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listener: Listener = lambda _: None
        self._hearer: Hearer = lambda _: None
        self._loser: Loser = lambda: None
        self._heard_at: float | None = None
        self._up_since = 0.0
        self._subscription: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Our own beat was heard lately."""
        return self._heard_at is not None

    @property
    def is_settled(self) -> bool:
        """Others have had the time to come back to Redis as well."""
        return self.is_up and asyncio.get_running_loop().time() - self._up_since >= SETTLED_SECONDS

    async def start(self, listener: Listener, hearer: Hearer, loser: Loser) -> None:
        """Begin to hear; a Redis that is away is tried again for as long as this runs."""
        await self._local.start(listener, hearer, loser)
        self._listener, self._hearer, self._loser = listener, hearer, loser
        self._loop = asyncio.get_running_loop()
        # Once more, for a connection that broke while it was idle: a batch that comes twice is known by its
        # number. Listening begins anew as a whole instead.
        self._redis = _client(self._url, tries=1)
        self._ear = _client(self._url, tries=0)
        self._loops = [
            asyncio.create_task(self._keep_listening(self._ear, self._redis)),
            asyncio.create_task(self._beat(self._redis)),
        ]

    async def stop(self) -> None:
        """Hear no more."""
        await self._local.stop()
        clients = [each for each in (self._redis, self._ear) if each is not None]
        self._redis = None  # nothing more is said: what still is, is waited for below
        loops = [*self._loops, *([self._subscription] if self._subscription else [])]
        for task in loops:
            task.cancel()
        # What is being said is said to its end: a connection cancelled while it is made is never closed.
        await asyncio.gather(*loops, return_exceptions=True)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in clients:
            # Also those in use: listening may have ended while its connection was being made.
            await client.connection_pool.disconnect(inuse_connections=True)
            await client.aclose()
        self._ear = self._loop = self._heard_at = None

    def wake(self, room_id: UUID) -> None:
        """Have every server look at the room: this one at once, the others through Redis; from any thread."""
        self._local.wake(room_id)
        self.wake_others(room_id)

    def wake_others(self, room_id: UUID) -> None:
        """Have the others look at the room; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._publish_soon, self.node.bytes + room_id.bytes)

    async def post(self, node: UUID, batch: bytes) -> bool | None:
        """Send a batch to a server; false where nobody heard it, None where Redis is away."""
        redis = self._redis
        if redis is None:
            return None
        # Whoever waits for it may be cancelled, but not the saying: see `stop`.
        return await asyncio.shield(self._spawn(self._say(redis, node, batch)))

    async def _say(self, redis: Redis, node: UUID, batch: bytes) -> bool | None:
        try:
            return bool(await redis.publish(f"{NODE_CHANNEL}{node}", batch))
        except (RedisError, OSError) as error:
            _log.warning("a batch was not sent to another server: %s", type(error).__name__)
            return None

    def _publish_soon(self, message: bytes) -> None:
        if self._redis is not None:
            self._spawn(self._publish(self._redis, message))

    async def _publish(self, redis: Redis, message: bytes) -> None:
        try:
            await redis.publish(CHANNEL, message)
        except (RedisError, OSError) as error:
            _log.warning("wake-up not sent to other servers: %s", type(error).__name__)

    async def _keep_listening(self, ear: Redis, redis: Redis) -> None:
        """Listen for as long as this runs; whenever that ends, what was on its way may be lost."""
        failures = 0
        while True:
            self._subscription = asyncio.create_task(self._listen(ear, redis))
            await asyncio.wait([self._subscription])
            with suppress(asyncio.CancelledError):
                error = self._subscription.exception()
                if self.is_up or not failures:
                    _log.warning("backplane lost, trying again: %s", type(error).__name__)
            failures = 0 if self.is_up else failures + 1
            self._lose()
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])

    async def _listen(self, ear: Redis, redis: Redis) -> None:
        own = f"{NODE_CHANNEL}{self.node}".encode()
        async with ear.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANNEL, own)
            self._spawn(self._beat_once(redis))
            async for message in channel.listen():
                data = message.get("data")
                if not isinstance(data, bytes):
                    continue
                if message.get("channel") != own:
                    self._woken(data)
                elif data == BEAT:
                    self._heard_ourselves()
                else:
                    self._hearer(data)

    def _woken(self, data: bytes) -> None:
        """Pass a wake-up of another server on; whatever else is on the channel is not ours."""
        if len(data) == 2 * len(self.node.bytes) and not data.startswith(self.node.bytes):
            self._listener(UUID(bytes=data[len(self.node.bytes) :]))

    def _heard_ourselves(self) -> None:
        was_up, now = self.is_up, asyncio.get_running_loop().time()
        self._heard_at = now
        if not was_up:
            self._up_since = now
            self._listener(None)

    def _lose(self) -> None:
        if self.is_up:
            self._heard_at = None
            self._loser()

    async def _beat(self, redis: Redis) -> None:
        """Say something to ourselves again and again; who hears nothing listens anew."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._spawn(self._beat_once(redis))
            silent = self._heard_at is not None and asyncio.get_running_loop().time() - self._heard_at
            if silent and silent > SILENT_SECONDS and self._subscription is not None:
                self._subscription.cancel()

    async def _beat_once(self, redis: Redis) -> None:
        with suppress(RedisError, OSError):
            await redis.publish(f"{NODE_CHANNEL}{self.node}", BEAT)

    def _spawn(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _client(url: str, *, tries: int) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=3, retry=Retry(NoBackoff(), tries))
