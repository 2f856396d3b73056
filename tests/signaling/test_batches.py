"""Batches between two servers: in order, none twice, and nothing silently missing."""

import asyncio
from collections.abc import Coroutine
from uuid import UUID, uuid4

import pytest

from signaling.errors import Code, SignalingError
from signaling.outlets import Outlet
from signaling.parts import CloseCode
from signaling.passages import Passages
from signaling.wire import Receiver, Wire
from tests.signaling.test_outlets import Plug

pytestmark = pytest.mark.anyio


class Ear:
    """What a server hears of a forwarded socket."""

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.lost_with: int | None = None

    def received(self, frame: str | bytes) -> None:
        """A frame."""
        self.heard.append(frame)

    def lost(self, code: int) -> None:
        """The end."""
        self.lost_with = code

    def writable(self) -> None:
        """Never asked here."""


class Between:
    """Carries batches to the other server when the test says so."""

    def __init__(self) -> None:
        self.node = uuid4()
        self.batches: list[bytes] = []
        self.is_heard: bool | None = True
        self.is_alone, self.is_up, self.is_settled = False, True, True

    async def post(self, node: UUID, batch: bytes) -> bool | None:
        """Keep a batch."""
        self.batches.append(batch)
        return self.is_heard


class Side:
    """One server: its passages, and the wires of sockets forwarded to it."""

    def __init__(self) -> None:
        self.between = Between()
        self.ears: list[Ear] = []
        self.wires: list[Wire] = []
        self.is_full = False
        self.tasks: list[asyncio.Task[None]] = []
        self.passages = Passages(self.between, self, self.welcome)  # type: ignore[arg-type]

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run."""
        self.tasks.append(asyncio.create_task(work))

    def welcome(self, wire: Wire) -> Receiver:
        """Hear a forwarded socket."""
        if self.is_full:
            raise SignalingError(Code.SIGNALING_UNAVAILABLE)
        self.wires.append(wire)
        self.ears.append(Ear())
        return self.ears[-1]

    async def take_batches(self) -> list[bytes]:
        """What was sent since."""
        await asyncio.gather(*self.tasks)
        batches, self.between.batches = self.between.batches, []
        return batches


@pytest.fixture
def sides() -> tuple[Side, Side]:
    return Side(), Side()


async def carry(one: Side, other: Side) -> None:
    """Let what either said arrive."""
    for _ in range(3):
        for source, target in ((one, other), (other, one)):
            for batch in await source.take_batches():
                target.passages.hear(batch)
            await asyncio.sleep(0)


async def test_frames_arrive_in_order_and_many_in_one_batch(sides: tuple[Side, Side]) -> None:
    edge, holder = sides
    plug = Plug()
    passage = edge.passages.begin(holder.between.node, Outlet(7, plug, 0), b"hello")
    for number in range(20):
        passage.say(f"{number} ạ")
    batches = await edge.take_batches()
    assert len(batches) < 3
    for batch in batches:
        holder.passages.hear(batch)
    assert holder.ears[0].heard == [b"hello", *(f"{number} ạ".encode() for number in range(20))]
    for text in ("a", "b ạ", "c"):
        holder.wires[0].write(text)
    holder.wires[0].close(CloseCode.NORMAL)
    holder.wires[0].write("too late")
    await carry(edge, holder)
    assert (plug.sent, plug.closed) == (["a", "b ạ", "c"], CloseCode.NORMAL)
    assert holder.ears[0].lost_with == CloseCode.NORMAL
    assert edge.passages.count == 0


async def test_a_batch_that_comes_twice_counts_once(sides: tuple[Side, Side]) -> None:
    edge, holder = sides
    passage = edge.passages.begin(holder.between.node, Outlet(7, Plug(), 0), b"hello")
    first = await edge.take_batches()
    passage.say("once")
    for batch in (*first, *(await edge.take_batches()) * 2, *first):
        holder.passages.hear(batch)
    assert holder.ears[0].heard == [b"hello", b"once"]


async def test_a_missing_batch_ends_the_passages_of_both_sides(sides: tuple[Side, Side]) -> None:
    edge, holder = sides
    plug = Plug()
    passage = edge.passages.begin(holder.between.node, Outlet(7, plug, 0), b"hello")
    await carry(edge, holder)
    passage.say("lost on the way")
    await edge.take_batches()
    passage.say("heard without it")
    await carry(edge, holder)
    assert holder.ears[0].heard == [b"hello"]
    assert holder.ears[0].lost_with == CloseCode.RESTART
    assert plug.closed == CloseCode.RESTART
    again = Plug()
    edge.passages.begin(holder.between.node, Outlet(8, again, 0), b"resume")
    await carry(edge, holder)
    assert (holder.ears[1].heard, again.closed) == ([b"resume"], None)


@pytest.mark.parametrize("is_heard", [False, None])
async def test_a_server_that_nobody_hears_ends_its_passages(
    sides: tuple[Side, Side], is_heard: bool | None
) -> None:
    edge, holder = sides
    plug = Plug()
    edge.passages.begin(holder.between.node, Outlet(7, plug, 0), b"hello")
    await carry(edge, holder)
    edge.between.is_heard = is_heard
    edge.passages.beat()
    await edge.take_batches()
    assert plug.closed == CloseCode.RESTART
    assert edge.passages.count == 0


async def test_a_full_server_says_try_later(sides: tuple[Side, Side]) -> None:
    edge, holder = sides
    holder.is_full, plug = True, Plug()
    edge.passages.begin(holder.between.node, Outlet(7, plug, 0), b"hello")
    await carry(edge, holder)
    assert plug.closed == CloseCode.TRY_LATER


async def test_who_forgot_a_socket_says_so(sides: tuple[Side, Side]) -> None:
    edge, holder = sides
    plug = Plug()
    passage = edge.passages.begin(holder.between.node, Outlet(7, plug, 0), b"hello")
    await carry(edge, holder)
    holder.passages.lose()
    passage.say("anybody?")
    await carry(edge, holder)
    assert plug.closed == CloseCode.RESTART


async def test_memory_between_servers_is_bounded(
    sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.passages.MAX_OUTBOX_BYTES", 1_000)
    edge, holder = sides
    edge.passages.begin(holder.between.node, Outlet(7, Plug(), 0), b"hello")
    await carry(edge, holder)
    for _ in range(50):
        holder.wires[0].write("x" * 100)
    assert holder.ears[0].lost_with == CloseCode.RESTART
    assert sum(len(batch) for batch in await holder.take_batches()) < 2_000


@pytest.mark.parametrize("batch", [b"x", bytes(24) + b"\x09" * 13, bytes(24) + b"\x01" + bytes(11) + b"\xff"])
async def test_what_is_no_batch_is_passed_over(sides: tuple[Side, Side], batch: bytes) -> None:
    _, holder = sides
    holder.passages.hear(batch)
    assert not holder.ears
