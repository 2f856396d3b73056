"""The published protocol is enough: two programs that are no browsers meet, without one of our pages."""

import pytest

from signaling.ice import IceSettings
from tests.signaling.line import ORIGIN, serving, until
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, STATION
from tests.support.peer import join
from tests.support.peer_media import HEIGHT, WIDTH, meet_on_loopback

pytestmark = pytest.mark.anyio


async def test_two_programs_see_and_hear_each_other(
    ports: MemoryPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_on_loopback(monkeypatch.setattr)
    async with (
        serving(ports, ice=IceSettings()) as served,
        join(served.url, served.ticket(STATION), origin=ORIGIN) as station,
    ):
        await until(lambda: station.is_admitted)
        async with join(served.url, served.ticket(DOCTOR), origin=ORIGIN) as doctor:
            await until(lambda: station.links and doctor.links)
            seen = [link.arrived for peer in (station, doctor) for link in peer.links.values()]
            await until(lambda: all(len(each.looks) >= 5 and each.loud >= 5 for each in seen))
            assert [each.sizes for each in seen] == [{(WIDTH, HEIGHT)}] * 2
            assert "media.offer" in station.kinds()
            assert "media.offer" not in doctor.kinds()
        await until(lambda: not station.links)
