"""A socket's way out: bounded, ordered, and never waited for."""

import asyncio

import pytest

from signaling import outlets
from signaling.outlets import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, Outlet
from signaling.parts import CloseCode

pytestmark = pytest.mark.anyio


class Wire:
    """A socket whose client reads only while `is_open`."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: int | None = None
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def send_text(self, data: str) -> None:
        """Send when the client reads."""
        await self.is_open.wait()
        self.sent.append(data)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Note the close."""
        self.closed = code


async def test_goes_out_in_order_then_closes() -> None:
    wire = Wire()
    outlet = Outlet(1, wire, 0)
    for text in "abc":
        outlet.put(text)
    outlet.shut(CloseCode.NORMAL)
    outlet.put("too late")
    await outlet.flushed()
    assert (wire.sent, wire.closed) == (["a", "b", "c"], 1000)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x", MAX_QUEUED_MESSAGES), ("x" * 65_536, MAX_QUEUED_BYTES // 65_536), ("ạ" * 10_000, 8)],
)
async def test_past_the_bounds_the_socket_is_dropped(text: str, fits: int) -> None:
    wire = Wire()
    wire.is_open.clear()
    outlet = Outlet(1, wire, 0)
    for _ in range(fits):
        outlet.put(text)
    assert not outlet.is_shut
    outlet.put(text)
    assert outlet.close_code is CloseCode.TRY_LATER
    await outlet.flushed()
    assert (wire.sent, wire.closed) == ([], CloseCode.TRY_LATER)


async def test_a_socket_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "SEND_SECONDS", 0.05)
    wire = Wire()
    wire.is_open.clear()
    outlet = Outlet(1, wire, 0)
    outlet.put("x")
    await outlet.flushed()
    assert (wire.sent, wire.closed) == ([], CloseCode.TRY_LATER)


async def test_a_client_that_has_gone_is_no_fault() -> None:
    class Gone(Wire):
        async def send_text(self, data: str) -> None:
            raise RuntimeError('Cannot call "send" once a close message has been sent.')

    outlet = Outlet(1, Gone(), 0)
    outlet.put("x")
    await outlet.flushed()
    outlet.gone()
    assert outlet.is_shut


async def test_silence_is_measured_by_the_heartbeat_told() -> None:
    outlet = Outlet(1, Wire(), 0)
    outlet.expect(25, 0)
    assert not outlet.is_silent(62)
    assert outlet.is_silent(63)
    outlet.expect(3, 60)
    assert not outlet.is_silent(68)
    assert outlet.is_silent(69)
    outlet.heard(69)
    assert not outlet.is_silent(70)
