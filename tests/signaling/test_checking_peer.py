"""The checking peer in its own process: what it measures, what it refuses, and that its end harms nobody."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from signaling.media.limits import BURST_BYTES, PEER_BYTES, PROBES
from signaling.media.peer import CheckingPeer, OfferRefusedError, PeerGoneError
from telehealth.kit.ids import new_id
from tests.support.checker import Checker, Mirror
from tests.support.peer_media import meet_on_loopback


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_on_loopback(monkeypatch.setattr)


@asynccontextmanager
async def peer() -> AsyncIterator[CheckingPeer]:
    checking = CheckingPeer("127.0.0.1")
    try:
        yield checking
    finally:
        await checking.stop()


@asynccontextmanager
async def connected(checking: CheckingPeer) -> AsyncIterator[Checker]:
    checker = Checker()
    try:
        await checker.accept(await checking.open(new_id(), await checker.offer(), []))
        yield checker
    finally:
        await checker.close()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scene())  # type: ignore[arg-type]


def test_it_measures_both_directions_and_counts_what_was_lost() -> None:
    async def scene() -> None:
        async with peer() as checking, connected(checking) as checker:
            checker.probe.send("1")
            assert await checker.pings.get() == "1"
            counted = await checker.stream(leave_out=5)
            assert counted["sent"] == PROBES
            assert PROBES * 3 // 5 <= counted["got"] <= PROBES * 4 // 5
            assert counted["jitter_ms"] >= 0
            assert len(set(checker.numbers)) > PROBES * 3 // 4
            assert (await checker.upload(50))["up_kbps"] > 100
            checker.bulk.send("down")
            assert (await checker.told())["down_bytes"] == checker.bytes <= BURST_BYTES

    run(scene)


def test_an_echo_gives_back_what_it_gets() -> None:
    async def scene() -> None:
        async with peer() as checking:
            mirror = Mirror()
            try:
                await mirror.accept(await checking.open(new_id(), await mirror.offer(), [], is_echo=True))
            finally:
                await mirror.close()

    run(scene)


def test_an_echo_takes_no_channel_and_a_check_no_sound() -> None:
    async def scene() -> None:
        async with peer() as checking:
            checker, mirror = Checker(), Mirror()
            with pytest.raises(OfferRefusedError):
                await checking.open(new_id(), await checker.offer(), [], is_echo=True)
            with pytest.raises(OfferRefusedError):
                await checking.open(new_id(), await mirror.offer(), [])
            await checker.close()
            await mirror.connection.close()

    run(scene)


def test_each_measurement_is_made_once() -> None:
    async def scene() -> None:
        async with peer() as checking, connected(checking) as checker:
            for _ in range(3):
                checker.bulk.send("down")
            first = await checker.told()
            checker.bulk.send("up_end")
            assert set(await checker.told()) == {"up_kbps"}
            assert first["down_bytes"] == checker.bytes

    run(scene)


def test_whoever_sends_more_than_a_check_takes_is_cut_off() -> None:
    async def scene() -> None:
        async with peer() as checking, connected(checking) as checker:
            sent = 0
            while sent <= PEER_BYTES + 40_960:
                if checker.bulk.readyState != "open":
                    break
                if checker.bulk.bufferedAmount <= 65_536:
                    checker.bulk.send(bytes(4096))
                    sent += 4096
                await asyncio.sleep(0.001)
            async with asyncio.timeout(30):
                await checker.closed.wait()
            assert checking.pid is not None

    run(scene)


@pytest.mark.parametrize(
    "sdp", ["", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111", "m=application 9 x y z"]
)
def test_an_offer_that_is_none_is_refused_and_the_process_lives(sdp: str) -> None:
    async def scene() -> None:
        async with peer() as checking:
            with pytest.raises(OfferRefusedError):
                await checking.open(new_id(), sdp, [])
            assert checking.pid is not None

    run(scene)


def test_a_killed_process_is_told_to_who_waits_and_the_next_check_has_a_new_one() -> None:
    async def scene() -> None:
        async with peer() as checking:
            async with connected(checking):
                killed = checking.pid
                assert killed is not None
                os.kill(killed, signal.SIGSTOP)  # so that it cannot answer first
                other = Checker()
                waiting = asyncio.create_task(checking.open(new_id(), await other.offer(), []))
                await asyncio.sleep(0)
                os.kill(killed, signal.SIGKILL)
                with pytest.raises(PeerGoneError):
                    await waiting
                await other.close()
            async with connected(checking):
                assert checking.pid not in (None, killed)

    run(scene)


def test_a_process_that_cannot_start_is_one_refusal() -> None:
    async def scene() -> None:
        checking = CheckingPeer()
        checking._command = ["/nowhere/python"]
        with pytest.raises(PeerGoneError):
            await checking.open(new_id(), "v=0", [])
        await checking.stop()

    run(scene)
