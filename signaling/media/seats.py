"""Places at the checking peer: a few at once, others in line, and no longer a line than can be served."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class FullError(Exception):
    """The line is as long as it may be."""


class Seats:
    """Who comes first is served first; those in line are told how many are before them."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = at_once
        self._most = waiting
        self._line: list[tuple[asyncio.Future[None], Callable[[int], None]]] = []

    @asynccontextmanager
    async def take(self, tell: Callable[[int], None]) -> AsyncIterator[None]:
        """Hold a place for the length of a block; raise FullError when even the line is full."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(tell)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, tell: Callable[[int], None]) -> None:
        if len(self._line) >= self._most:
            raise FullError
        entry = (asyncio.get_running_loop().create_future(), tell)
        self._line.append(entry)
        tell(len(self._line))
        try:
            await entry[0]
        except asyncio.CancelledError:
            if entry in self._line:
                self._line.remove(entry)
                self._tell_all()
            else:
                self._pass_on()  # the place came at the moment its owner went
            raise

    def _pass_on(self) -> None:
        # Who was cancelled in this instant still stands in line, and takes itself out of it.
        first = next((entry for entry in self._line if not entry[0].done()), None)
        if first is None:
            self._free += 1
            return
        self._line.remove(first)
        first[0].set_result(None)
        self._tell_all()

    def _tell_all(self) -> None:
        for place, (_, tell) in enumerate(self._line, 1):
            tell(place)
