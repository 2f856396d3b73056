"""The hub: keeps the open rooms of this process, carries their effects out, and lets time pass in them.

Runs in one event loop. The domain's ports are called in threads; nothing here waits for a peer.
"""

import asyncio
import hashlib
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from signaling.backplane import Backplane
from signaling.carrier import Carrier
from signaling.effects import Effect
from signaling.errors import RETRY, Code, SignalingError
from signaling.from_client import Hello
from signaling.from_server import Error, Refused
from signaling.ice import IceIssuer
from signaling.outlets import Outlet, Socket
from signaling.parts import VERSION, CloseCode
from signaling.ports import Outlook, Record, RoomPorts
from signaling.protocol import encode, parse
from signaling.rooms import Arrival, Room
from telehealth.kit.clock import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)

MAX_SOCKETS: Final = 4_096
PORT_THREADS: Final = 8
TICK_SECONDS: Final = 1.0
RECHECK_SECONDS: Final = 4.0
RECHECK_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a socket sits: what the gateway needs to pass frames on."""

    participant_id: UUID
    carrier: Carrier
    outlet: Outlet


class Hub:
    """All rooms served by this process. `start` and `stop` belong to the application's life span."""

    def __init__(self, *, ports: RoomPorts, ice: IceIssuer, backplane: Backplane, clock: Clock) -> None:
        self._ports = ports
        self._ice = ice
        self._backplane = backplane
        self._clock = clock
        self._rooms: dict[UUID, Carrier] = {}
        self._opening: dict[UUID, asyncio.Task[Carrier]] = {}
        self._outlets: dict[int, Outlet] = {}
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(PORT_THREADS, thread_name_prefix="signaling-port")
        self._tasks: set[asyncio.Task[None]] = set()
        self._newly_waited: set[UUID] = set()
        self._is_stopping = False

    async def start(self) -> None:
        """Begin to serve; a server that is alone opens the rooms it held before it was stopped."""
        await self._backplane.start(self._woken)
        if self._backplane.is_alone:
            for room_id in await self._call(self._ports.list_live_rooms):
                await self._open(room_id)
        self._spawn(self._every(TICK_SECONDS, self._tick))
        self._spawn(self._every(RECHECK_SECONDS, self._recheck))

    async def stop(self) -> None:
        """Send everybody to connect again (places are kept), and let go of all that is held."""
        self._is_stopping = True
        await self._backplane.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for carrier in self._rooms.values():
            await carrier.settled()
        for outlet in list(self._outlets.values()):
            outlet.shut(CloseCode.RESTART)
        await asyncio.gather(*(outlet.flushed() for outlet in list(self._outlets.values())))
        self._pool.shutdown(wait=True)

    def wake(self, room_id: UUID) -> None:
        """The room's facts were changed in the domain: look at them. From any thread, after commit."""
        self._backplane.wake(room_id)

    def connect(self, socket: Socket) -> Outlet:
        """A socket was accepted; raises signaling-unavailable when there are too many or the server stops."""
        if self._is_stopping or len(self._outlets) >= MAX_SOCKETS:
            raise SignalingError(Code.SIGNALING_UNAVAILABLE)
        outlet = Outlet(next(self._numbers), socket, self._moment())
        self._outlets[outlet.number] = outlet
        return outlet

    async def enter(self, outlet: Outlet, hello: Hello) -> Seat:
        """Seat a socket by its `hello`. Raises SignalingError when it is refused; the socket stays open."""
        if VERSION not in hello.versions:
            raise SignalingError(Code.VERSION_REFUSED)
        if (hello.ticket is None) == (hello.resume is None):
            raise SignalingError(Code.BAD_MESSAGE)
        now = self._clock.now()
        resume = hello.resume or secrets.token_urlsafe(32)
        arrival = Arrival(outlet.number, hello, resume, hashlib.sha256(resume.encode()).hexdigest())
        known = arrival.resume_hash
        if hello.ticket is not None:
            redeem = partial(self._ports.redeem_ticket, hello.ticket, resume_hash=known, now=now)
            admission = await self._call(redeem)
        else:
            admission = await self._call(partial(self._ports.find_place, known, now=now))
        carrier = await self._open(admission.room_id)
        come_in = carrier.room.join if hello.ticket is not None else carrier.room.resume
        self._carry(carrier, come_in(admission, arrival, self._clock.now()))
        self._newly_waited.add(carrier.room.room_id)
        return Seat(admission.participant_id, carrier, outlet)

    def receive(self, seat: Seat, frame: str | bytes) -> None:
        """One frame of a seated socket: counted, read, handed to its room."""
        moment = self._moment()
        seat.outlet.heard(moment)
        if seat.outlet.is_shut:
            return
        flooder = seat.carrier.budget.flooder(seat.participant_id, frame, moment)
        if flooder is not None:
            self._drop_flooder(seat.carrier, flooder)
            if flooder == seat.participant_id:
                return
        room, who, number = seat.carrier.room, seat.participant_id, seat.outlet.number
        try:
            message = parse(frame)
        except SignalingError as error:
            ref = error.facts.get("ref")
            effects = room.complain(who, number, error.signal_code, ref if type(ref) is int else None)
        else:
            effects = room.handle(who, number, message, self._clock.now())
        self._carry(seat.carrier, effects)

    def disconnect(self, outlet: Outlet, seat: Seat | None, *, on_purpose: bool) -> None:
        """A socket is gone."""
        self._outlets.pop(outlet.number, None)
        outlet.gone()
        if seat is not None and not self._is_stopping:
            room = seat.carrier.room
            self._carry(
                seat.carrier, room.disconnect(outlet.number, self._clock.now(), on_purpose=on_purpose)
            )

    def refuse(self, outlet: Outlet, code: Code) -> None:
        """Say no to a socket and close it."""
        outlet.put(encode(Refused(code=code, retry=code in RETRY)))
        outlet.shut(CloseCode.REFUSED)

    @property
    def room_count(self) -> int:
        """Rooms open in this process."""
        return len(self._rooms)

    @property
    def socket_count(self) -> int:
        """Sockets connected to this process."""
        return len(self._outlets)

    async def _open(self, room_id: UUID) -> Carrier:
        """The room's carrier, opened from its facts if it is not open here (once, however many ask)."""
        carrier = self._rooms.get(room_id)
        if carrier is not None and not carrier.room.is_moved:
            return carrier
        opening = self._opening.get(room_id)
        if opening is None:
            opening = asyncio.create_task(self._open_anew(room_id))
            self._opening[room_id] = opening
            opening.add_done_callback(lambda _: self._opening.pop(room_id, None))
        return await asyncio.shield(opening)

    async def _open_anew(self, room_id: UUID) -> Carrier:
        now = self._clock.now()
        facts = await self._call(partial(self._ports.open_room, room_id, now=now))
        carrier = Carrier(Room(facts, self._ice, now), self._outlets, self._record, self._moment())
        self._rooms[room_id] = carrier
        self._backplane.wake(room_id)
        return carrier

    async def _record(self, room_id: UUID, epoch: int, records: Sequence[Record]) -> None:
        now = self._clock.now()
        await self._call(partial(self._ports.record, room_id, epoch, records, now=now))

    async def _call(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def _carry(self, carrier: Carrier, effects: Sequence[Effect]) -> None:
        if effects:
            carrier.carry(effects)
            moment = self._moment()
            for number, seconds in carrier.room.heartbeats().items():
                if (outlet := self._outlets.get(number)) is not None:
                    outlet.expect(seconds, moment)

    def _drop_flooder(self, carrier: Carrier, flooder: UUID) -> None:
        for person in carrier.room.people.values():
            outlet = self._outlets.get(person.socket or 0)
            if person.id == flooder and outlet is not None:
                outlet.put(encode(Error(code=Code.RATE_EXCEEDED, reply_to=None, retry=True)))
                outlet.shut(CloseCode.TRY_LATER)

    def _woken(self, room_id: UUID | None) -> None:
        for one in list(self._rooms) if room_id is None else [room_id]:
            if one in self._rooms:
                self._spawn(self._refresh(self._rooms[one]))

    async def _refresh(self, carrier: Carrier) -> None:
        """Read the room's facts again, and who may still be in it.

        Who came in while the facts were read is not judged by them.
        """
        await carrier.settled()
        known = carrier.room.orders()
        facts = await self._call(partial(self._ports.read_room, carrier.room.room_id))
        self._carry(carrier, carrier.room.refresh(facts, known, self._clock.now()))
        await self._show_out(list(carrier.room.people))
        await self._look_ahead([carrier])

    async def _tick(self) -> None:
        now, moment = self._clock.now(), self._moment()
        for outlet in list(self._outlets.values()):
            if outlet.is_silent(moment):
                outlet.drop(CloseCode.SILENT)
        for room_id, carrier in list(self._rooms.items()):
            if not carrier.room.is_moved:
                self._carry(carrier, carrier.room.tick(now))
            if carrier.is_idle and (carrier.room.is_moved or carrier.room.is_empty):
                del self._rooms[room_id]
        came, self._newly_waited = self._newly_waited, set()
        await self._look_ahead([self._rooms[one] for one in came if one in self._rooms])

    async def _recheck(self) -> None:
        """Ask whether everybody may still be here, and how long those who wait will.

        A withdrawn right closes the socket within seconds.
        """
        people = [one for carrier in self._rooms.values() for one in carrier.room.people]
        for start in range(0, len(people), RECHECK_BATCH):
            await self._show_out(people[start : start + RECHECK_BATCH])
        carriers = list(self._rooms.values())
        for start in range(0, len(carriers), RECHECK_BATCH):
            await self._look_ahead(carriers[start : start + RECHECK_BATCH])

    async def _look_ahead(self, carriers: Sequence[Carrier]) -> None:
        """Tell those who wait what they may expect by now."""
        carriers = [one for one in carriers if one.room.is_waited_in]
        rooms = [carrier.room.room_id for carrier in carriers]
        if not rooms:
            return
        outlooks = await self._call(partial(self._ports.list_outlooks, rooms, now=self._clock.now()))
        for carrier in carriers:
            self._carry(carrier, carrier.room.look_ahead(outlooks.get(carrier.room.room_id, Outlook())))

    async def _show_out(self, people: Sequence[UUID]) -> None:
        if not people:
            return
        revoked = await self._call(partial(self._ports.list_revoked, people, now=self._clock.now()))
        for carrier in list(self._rooms.values()) if revoked else ():
            self._carry(carrier, carrier.room.revoke(revoked, self._clock.now()))

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again; a failure is logged and does not end it."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await act()
            except Exception:
                _log.exception("signaling: %s failed, goes on", getattr(act, "__name__", "act"))

    def _moment(self) -> float:
        return asyncio.get_running_loop().time()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run in the background until done or stopped."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("signaling: a wake-up failed", exc_info=error)
