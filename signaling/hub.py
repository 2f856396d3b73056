"""The hub: keeps the open rooms of this process, carries their effects out, and lets time pass in them.

Runs in one event loop. The domain's ports are called in threads; nothing here waits for a peer.
"""

import asyncio
import hashlib
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from signaling.backplane import BEAT_SECONDS, Backplane
from signaling.carrier import Carrier, Seat
from signaling.effects import Effect
from signaling.errors import RETRY, Code, HeldElsewhereError, SignalingError
from signaling.from_client import Hello
from signaling.from_server import Error, Refused
from signaling.ice import IceIssuer
from signaling.outlets import Outlet
from signaling.pacing import Shares, Together, in_batches
from signaling.parts import VERSION, CloseCode
from signaling.passages import Passages
from signaling.ports import Admission, Jotting, Outlook, Presented, Record, RoomPorts
from signaling.protocol import encode, parse
from signaling.rooms import Arrival, Room
from signaling.visitors import Visitor
from signaling.wire import Wire
from telehealth.kit.clock import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)

MAX_SOCKETS: Final = 4_096
PORT_THREADS: Final = 8
TICK_SECONDS: Final = 1.0
TICK_SHARES: Final = 20
RECHECK_SECONDS: Final = 2.0
RECHECK_BATCH: Final = 100
ADOPT_SECONDS: Final = 10.0
MAX_JOTTINGS: Final = 10_000


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
        self._jottings: deque[Jotting] = deque(maxlen=MAX_JOTTINGS)
        self._is_stopping = False
        self._rooms_due: Shares[UUID] = Shares(TICK_SHARES)
        self._outlets_due: Shares[int] = Shares(TICK_SHARES)
        self._tickets: Together[Presented, Admission | Code] = Together(self._redeem, self.spawn)
        self._places: Together[str, Admission | Code] = Together(self._find_places, self.spawn)
        self.passages = Passages(backplane, self, self._welcome)

    async def start(self) -> None:
        """Begin to serve; a server that is alone opens the rooms it held before it was stopped."""
        await self._backplane.start(self._woken, self.passages.hear, self.passages.lose)
        if self._backplane.is_alone:
            for room_id in await self._call(self._ports.list_live_rooms):
                await self._open(room_id)
        else:
            await self._beat()
            self.spawn(self._every(BEAT_SECONDS, self._beat))
            self.spawn(self._every(ADOPT_SECONDS, self._adopt))
        self.spawn(self._every(TICK_SECONDS / TICK_SHARES, self._tick))
        self.spawn(self._every(TICK_SECONDS, self._look_at_newcomers))
        self.spawn(self._every(TICK_SECONDS, self._write_jottings))
        self.spawn(self._every(RECHECK_SECONDS, self._recheck))

    async def stop(self) -> None:
        """Send everybody to connect again (places are kept), and let go of all that is held."""
        self._is_stopping = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for carrier in self._rooms.values():
            await carrier.settled()
        await self._write_jottings()
        for outlet in list(self._outlets.values()):
            outlet.shut(CloseCode.RESTART)
        self.passages.lose()
        await self._backplane.stop()
        if not self._backplane.is_alone:
            await self._call(partial(self._ports.let_go, self._backplane.node))
        self._pool.shutdown(wait=True)

    def wake(self, room_id: UUID) -> None:
        """The room's facts were changed in the domain: look at them. From any thread, after commit."""
        self._backplane.wake(room_id)

    def connect(self, wire: Wire) -> Outlet:
        """A socket was accepted; raises signaling-unavailable when there are too many or the server stops."""
        if self._is_stopping or len(self._outlets) >= MAX_SOCKETS:
            raise SignalingError(Code.SIGNALING_UNAVAILABLE)
        outlet = Outlet(next(self._numbers), wire, self._moment())
        self._outlets[outlet.number] = outlet
        return outlet

    async def enter(self, outlet: Outlet, hello: Hello, *, is_forwarded: bool = False) -> Seat:
        """Seat a socket by its `hello`.

        Raises SignalingError when it is refused, and the socket stays open; HeldElsewhereError when it is to
        be forwarded, once at most.
        """
        if VERSION not in hello.versions:
            raise SignalingError(Code.VERSION_REFUSED)
        if (hello.ticket is None) == (hello.resume is None):
            raise SignalingError(Code.BAD_MESSAGE)
        outlet.owe()
        now = self._clock.now()
        resume = hello.resume or secrets.token_urlsafe(32)
        arrival = Arrival(outlet.number, hello, resume, hashlib.sha256(resume.encode()).hexdigest())
        known = arrival.resume_hash
        node = self._backplane.node
        over = node if is_forwarded else await self._holder(hello.ticket, known, now)
        if hello.ticket is not None:
            found = await self._tickets.ask(Presented(hello.ticket, known, now))
        else:
            found = await self._places.ask(known)
        if isinstance(found, Code):
            raise SignalingError(found)
        admission = found
        carrier = await self._open(admission.room_id, over)
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

    def disconnect(
        self, outlet: Outlet, seat: Seat | None, *, on_purpose: bool, is_closed: bool = False
    ) -> None:
        """A socket is gone; see `Room.disconnect`."""
        self._outlets.pop(outlet.number, None)
        outlet.gone()
        if seat is not None and not self._is_stopping:
            how = {"on_purpose": on_purpose, "is_closed": is_closed}
            self._carry(seat.carrier, seat.carrier.room.disconnect(outlet.number, self._clock.now(), **how))

    def refuse(self, outlet: Outlet, code: Code) -> None:
        """Say no to a socket and close it."""
        outlet.put(encode(Refused(code=code, retry=code in RETRY)))
        outlet.shut(CloseCode.REFUSED)

    @property
    def node(self) -> UUID:
        """Which of several servers this is."""
        return self._backplane.node

    @property
    def is_settled(self) -> bool:
        """What is sent to other servers arrives."""
        return self._backplane.is_settled

    @property
    def room_count(self) -> int:
        """Rooms open in this process."""
        return len(self._rooms)

    @property
    def socket_count(self) -> int:
        """Sockets connected to this process."""
        return len(self._outlets)

    async def _holder(self, ticket: str | None, resume_hash: str, now: datetime) -> UUID | None:
        """The server, if any, that a room must be taken over from: one that is no more.

        Raises HeldElsewhereError where it hears us, signaling-unavailable where it lives and does not.
        """
        if self._backplane.is_alone:
            return None
        held = await self._call(
            partial(self._ports.find_holding, ticket=ticket, resume_hash=resume_hash, now=now)
        )
        if held is None or held.holder is None or held.holder == self._backplane.node:
            return None
        is_heard = await self.passages.reaches(held.holder)
        if is_heard:
            raise HeldElsewhereError(held.holder)
        if is_heard is None and held.is_fresh:
            raise SignalingError(Code.SIGNALING_UNAVAILABLE)
        return held.holder

    async def _redeem(self, presented: Sequence[Presented]) -> Mapping[Presented, Admission | Code]:
        return await self._call(partial(self._ports.redeem_tickets, presented))

    async def _find_places(self, resume_hashes: Sequence[str]) -> Mapping[str, Admission | Code]:
        return await self._call(partial(self._ports.find_places, resume_hashes, now=self._clock.now()))

    async def _open(self, room_id: UUID, over: UUID | None = None) -> Carrier:
        """The room's carrier, opened from its facts if it is not open here (once, however many ask)."""
        carrier = self._rooms.get(room_id)
        if carrier is not None and not carrier.room.is_moved and not carrier.room.is_over:
            return carrier
        opening = self._opening.get(room_id)
        if opening is None:
            opening = asyncio.create_task(self._open_anew(room_id, over))
            self._opening[room_id] = opening
            opening.add_done_callback(lambda _: self._opening.pop(room_id, None))
        return await asyncio.shield(opening)

    async def _open_anew(self, room_id: UUID, over: UUID | None) -> Carrier:
        now = self._clock.now()
        by = None if self._backplane.is_alone else self._backplane.node
        facts = await self._call(partial(self._ports.open_room, room_id, now=now, by=by, over=over))
        carrier = Carrier(
            Room(facts, self._ice, now), self._outlets, self._record, self._jottings.append, self._moment()
        )
        self._rooms[room_id] = carrier
        self._backplane.wake_others(room_id)
        return carrier

    def _welcome(self, wire: Wire) -> Visitor:
        return Visitor(self, wire, is_forwarded=True)

    async def _record(self, room_id: UUID, epoch: int, records: Sequence[Record]) -> None:
        now = self._clock.now()
        await self._call(partial(self._ports.record, room_id, epoch, records, now=now))

    async def _call(self, function: Callable[[], T]) -> T:
        # `run_in_executor` looks into each function for a coroutine, which takes longer than to submit it.
        return await asyncio.wrap_future(self._pool.submit(function))

    def _carry(self, carrier: Carrier, effects: Sequence[Effect]) -> None:
        if effects:
            carrier.carry(effects)
        if carrier.room.is_retimed:
            carrier.room.is_retimed = False
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
                self.spawn(self._refresh(self._rooms[one]))

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
        """Let time pass in a share of rooms and sockets; in each once a second."""
        now, moment = self._clock.now(), self._moment()
        for number in self._outlets_due.take(self._outlets):
            outlet = self._outlets.get(number)
            if outlet is not None and outlet.is_silent(moment):
                outlet.drop(CloseCode.SILENT)
        for room_id in self._rooms_due.take(self._rooms):
            carrier = self._rooms.get(room_id)
            if carrier is None:
                continue
            if not carrier.room.is_moved:
                self._carry(carrier, carrier.room.tick(now, is_cut_off=not self._backplane.is_up))
            if carrier.is_idle and (carrier.room.is_moved or carrier.room.is_empty):
                del self._rooms[room_id]

    async def _look_at_newcomers(self) -> None:
        came, self._newly_waited = self._newly_waited, set()
        await self._look_ahead([self._rooms[one] for one in came if one in self._rooms])

    async def _write_jottings(self) -> None:
        """Write what the rooms noted since the last time, in one unit of work for all of them.

        A journal is worth no call: what could not be written is lost, and said so in the log.
        """
        jottings = [self._jottings.popleft() for _ in range(len(self._jottings))]
        if not jottings:
            return
        try:
            await self._call(partial(self._ports.jot, jottings, now=self._clock.now()))
        except Exception:
            _log.exception("signaling: %d lines of journals are lost", len(jottings))

    async def _beat(self) -> None:
        """Say that this server lives, to those at the other ends of its passages and in the domain."""
        self.passages.beat()
        await self._call(partial(self._ports.note_alive, self._backplane.node, now=self._clock.now()))

    async def _adopt(self) -> None:
        """Take up rooms that no server serves: whoever left them meanwhile would be there for ever."""
        now = self._clock.now()
        for room_id, holder in await self._call(partial(self._ports.list_abandoned, now=now)):
            with suppress(SignalingError):  # another server was faster
                await self._open(room_id, holder)

    async def _recheck(self) -> None:
        """Ask whether everybody may still be here, and how long those who wait will.

        A withdrawn right closes the socket within seconds; so does a room that is held elsewhere by now, of
        which no wake-up told. Where many are here they are asked for a few at a time: a thread that asks for
        a thousand holds up every frame meanwhile.
        """
        if not self._backplane.is_alone:
            epochs = {one: carrier.room.epoch for one, carrier in self._rooms.items()}
            for room_id in await self._call(partial(self._ports.list_stale, epochs)):
                self._woken(room_id)
        people = [one for carrier in self._rooms.values() for one in carrier.room.people]
        async for some in in_batches(people, RECHECK_BATCH, within=RECHECK_SECONDS / 2):
            await self._show_out(some)
        waited_in = [carrier for carrier in self._rooms.values() if carrier.room.is_waited_in]
        async for carriers in in_batches(waited_in, RECHECK_BATCH, within=RECHECK_SECONDS / 2):
            await self._look_ahead(carriers)

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

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run in the background until done or stopped."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("signaling: a wake-up failed", exc_info=error)
