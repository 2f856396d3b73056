"""One open room in this process: carries its effects out in order, facts first."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from signaling.effects import Effect, Jot, Keep, Send
from signaling.errors import Code, SignalingError
from signaling.outlets import Outlet
from signaling.parts import CloseCode
from signaling.ports import Jotting, Record
from signaling.rates import RoomBudget
from signaling.rooms import Room

_log = logging.getLogger(__name__)

Recorder = Callable[[UUID, int, Sequence[Record]], Awaitable[None]]
Jotter = Callable[[Jotting], None]


class Carrier:
    """A room with its sockets. What depends on a fact leaves only after the fact is kept."""

    def __init__(
        self, room: Room, outlets: dict[int, Outlet], record: Recorder, jot: Jotter, now: float
    ) -> None:
        self.room = room
        self.budget = RoomBudget(now)
        self._outlets = outlets
        self._record = record
        self._jot = jot
        self._effects: deque[Effect] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Every effect so far was carried out."""
        return self._task is None

    def carry(self, effects: Sequence[Effect]) -> None:
        """Carry effects out: at once as far as no fact has to be kept, the rest as soon as it was."""
        self._effects.extend(effects)
        if self._task is None:
            self._release()
            if self._effects:
                self._task = asyncio.create_task(self._keep_and_release())

    async def settled(self) -> None:
        """Wait until every effect so far was carried out."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def _release(self) -> None:
        """Let out what needs nothing kept before it."""
        while self._effects:
            effect = self._effects[0]
            if isinstance(effect, Keep):
                return
            self._effects.popleft()
            if isinstance(effect, Jot):
                self._jot(effect.jotting)
                continue
            outlet = self._outlets.get(effect.socket)
            if outlet is None:
                continue
            if isinstance(effect, Send):
                outlet.put(effect.text)
            else:
                outlet.shut(effect.code)

    def _take_records(self) -> list[Record]:
        """Take every fact there is to keep: two who come together are written in one unit of work."""
        records = [effect.record for effect in self._effects if isinstance(effect, Keep)]
        self._effects = deque(effect for effect in self._effects if not isinstance(effect, Keep))
        return records

    async def _keep_and_release(self) -> None:
        try:
            while self._effects:
                await self._record(self.room.room_id, self.room.epoch, self._take_records())
                self._release()
        except SignalingError as error:
            self._give_up(error.signal_code, CloseCode.RESTART)
        except Exception:
            # The facts could not be kept, so what is in memory is no longer true: everybody comes back and
            # the room is opened anew from what was kept.
            _log.exception("room %s could not keep its facts", self.room.room_id)
            self._give_up(Code.SIGNALING_UNAVAILABLE, CloseCode.SERVER_ERROR)
        finally:
            self._task = None

    def _give_up(self, code: Code, close: CloseCode) -> None:
        self._effects.clear()
        self._effects.extend(self.room.abandon(code, close))
        self._release()


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a socket sits: what is needed to pass its frames on."""

    participant_id: UUID
    carrier: Carrier
    outlet: Outlet
