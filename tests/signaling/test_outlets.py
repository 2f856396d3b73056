"""A socket's way out: bounded, ordered, and never waited for."""

import asyncio

import pytest

from signaling import outlets
from signaling.outlets import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, Outlet
from signaling.parts import CloseCode
from tests.signaling.line import until

pytestmark = pytest.mark.anyio


class Plug:
    """A socket whose client reads only while `is_writable`; `room` is how many frames it takes then."""

    def __init__(self, *, is_writable: bool = True) -> None:
        self.sent: list[str] = []
        self.closed: int | None = None
        self.is_writable = is_writable
        self.room = 1_000

    def write(self, text: str) -> None:
        """Send."""
        self.sent.append(text)
        self.room -= 1
        self.is_writable = self.room > 0

    def close(self, code: int) -> None:
        """Note the close."""
        self.closed = code

    def hold(self, is_held: bool) -> None:
        """Nothing is read here."""


async def test_goes_out_in_order_then_closes() -> None:
    wire = Plug()
    outlet = Outlet(1, wire, 0)
    for text in "abc":
        outlet.put(text)
    outlet.shut(CloseCode.NORMAL)
    outlet.put("too late")
    assert (wire.sent, wire.closed) == (["a", "b", "c"], 1000)


async def test_what_waited_goes_out_in_order_when_the_client_reads_again() -> None:
    wire = Plug(is_writable=False)
    outlet = Outlet(1, wire, 0)
    for text in "abcd":
        outlet.put(text)
    outlet.shut(CloseCode.NORMAL)
    assert (wire.sent, wire.closed) == ([], None)
    wire.is_writable, wire.room = True, 2
    outlet.writable()
    assert (wire.sent, wire.closed) == (["a", "b"], None)
    wire.is_writable, wire.room = True, 9
    outlet.writable()
    assert (wire.sent, wire.closed) == (["a", "b", "c", "d"], 1000)


async def test_nothing_overtakes_what_waits() -> None:
    wire = Plug(is_writable=False)
    outlet = Outlet(1, wire, 0)
    outlet.put("a")
    wire.is_writable = True  # and the outlet is not told yet
    outlet.put("b")
    outlet.writable()
    assert wire.sent == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x", MAX_QUEUED_MESSAGES), ("x" * 65_536, MAX_QUEUED_BYTES // 65_536), ("ạ" * 10_000, 8)],
)
async def test_past_the_bounds_the_socket_is_dropped(text: str, fits: int) -> None:
    wire = Plug(is_writable=False)
    outlet = Outlet(1, wire, 0)
    for _ in range(fits):
        outlet.put(text)
    assert not outlet.is_shut
    outlet.put(text)
    assert outlet.close_code is CloseCode.TRY_LATER
    assert (wire.sent, wire.closed) == ([], CloseCode.TRY_LATER)


@pytest.mark.parametrize("is_shut", [False, True])
async def test_a_socket_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch, is_shut: bool) -> None:
    monkeypatch.setattr(outlets, "SEND_SECONDS", 0.05)
    wire = Plug(is_writable=False)
    outlet = Outlet(1, wire, 0)
    outlet.put("x")
    if is_shut:
        outlet.shut(CloseCode.RESTART)
    await until(lambda: wire.closed is not None)
    assert (wire.sent, wire.closed) == ([], CloseCode.RESTART if is_shut else CloseCode.TRY_LATER)


async def test_nothing_is_sent_to_a_client_that_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "SEND_SECONDS", 0.0)
    wire = Plug(is_writable=False)
    outlet = Outlet(1, wire, 0)
    outlet.put("x")
    outlet.gone()
    outlet.put("y")
    outlet.writable()
    assert outlet.is_shut
    assert wire.sent == []


async def test_silence_is_measured_by_the_heartbeat_told() -> None:
    outlet = Outlet(1, Plug(), 0)
    outlet.expect(25, 0)
    assert not outlet.is_silent(62)
    assert outlet.is_silent(63)
    outlet.expect(3, 60)
    assert not outlet.is_silent(68)
    assert outlet.is_silent(69)
    outlet.heard(69)
    assert not outlet.is_silent(70)


async def test_silence_counts_from_the_answer_that_was_owed() -> None:
    now = asyncio.get_running_loop().time()
    outlet = Outlet(1, Plug(), now - 1_000)
    assert outlet.is_silent(now)
    outlet.owe()
    assert not outlet.is_silent(now + 1_000)
    outlet.put("answer")
    assert not outlet.is_silent(now + outlets.MIN_PATIENCE_SECONDS - 1)
    assert outlet.is_silent(now + 1_000)
