"""Work on everything there is, in small shares: between two of them every frame that waits gets its turn.

A thousand rooms looked at in one go hold up a candidate for as long as that takes, and its call with it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from itertools import islice
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST_TOGETHER: Final = 100


class Shares(Generic[K]):
    """Goes round all of something, an equal share at each call; each once in `count` calls."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._step = 0
        self._due: list[K] = []

    def take(self, everything: Collection[K]) -> list[K]:
        """Return the next share: of what there was when the round began, gone since or not."""
        if self._step == 0:
            self._due = list(everything)
        start, end = (len(self._due) * step // self._count for step in (self._step, self._step + 1))
        self._step = (self._step + 1) % self._count
        return self._due[start:end]


async def in_batches(everything: Sequence[K], size: int, *, within: float) -> AsyncIterator[Sequence[K]]:
    """Give everything in batches of `size`, evenly over as many seconds; one batch alone at once."""
    starts = range(0, len(everything), size)
    for start in starts:
        yield everything[start : start + size]
        if len(starts) > 1:
            await asyncio.sleep(within / len(starts))


class Together(Generic[K, V]):
    """Asks at once what is asked while nothing is being asked, and together what was asked meanwhile.

    `ask` answers for every key it is given; `spawn` runs a task that ends with whoever asks.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._ask = ask
        self._spawn = spawn
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._is_asking = False

    async def ask(self, key: K) -> V:
        """Return the answer; whatever was raised instead, everybody who asked together is told."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if not self._is_asking:
            self._is_asking = True
            self._spawn(self._ask_all())
        return await asyncio.shield(answer)

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                keys = list(islice(self._waiting, MOST_TOGETHER))
                asked = {key: self._waiting.pop(key) for key in keys}
                try:
                    found = await self._ask(keys)
                except Exception as error:
                    for answer in asked.values():
                        answer.set_exception(error)
                        answer.exception()  # whoever asked may be gone
                else:
                    for key, answer in asked.items():
                        answer.set_result(found[key])
        finally:
            self._is_asking = False
