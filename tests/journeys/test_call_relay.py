"""A call in a deployment that hides the addresses of its people from each other."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.support.callers import Caller, CallStage
from tests.support.calls import open_folder
from tests.support.chromium import FAKE_MEDIA, open_browser
from tests.support.coturn import SECRET, own_turn
from tests.support.processes import wait_until
from tests.support.servers import Server

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
LABORATORY = ("--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1")

USED = """async () => {
  const open = window.peerConnections.filter((pc) => pc.connectionState === "connected");
  const types = await Promise.all(open.map(async (pc) => {
    const all = [...(await pc.getStats()).values()];
    return all.filter((each) => each.type === "local-candidate").map((each) => each.candidateType);
  }));
  return types.flat();
}"""

SLEEP = """(minutes) => { const now = Date.now; Date.now = () => now() + minutes * 60_000; }"""
"""A computer that wakes: by its clock that much time has gone by, and nobody was told anything meanwhile."""

WATCH_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends window.WebSocket {
  constructor(...address) { super(...address); window.sockets.push(this); }
};
"""
ASK = "(message) => window.sockets.at(-1).send(JSON.stringify(message))"

CREDENTIAL = "() => window.peerConnections.at(-1).getConfiguration().iceServers.at(-1).username"


@pytest.fixture(scope="module")
def relayed(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[CallStage]:
    folder, relay = tmp_path_factory.mktemp("relayed"), tmp_path_factory.mktemp("relay")
    with (
        own_turn(relay, config=CONFIG, options=LABORATORY) as turn,
        open_folder(folder) as database,
        open_browser(playwright, flags=(*FAKE_MEDIA, "--allow-loopback-in-peer-connection")) as browser,
    ):
        env = {
            "TELEHEALTH_TURN_URLS": str(turn.urls).replace("'", '"'),
            "TELEHEALTH_TURN_SECRET": SECRET,
            "TELEHEALTH_RELAY_ONLY": "true",
        }
        server = Server(folder, command=("serve",), env=env)
        server.start()
        try:
            yield CallStage(server, database, browser)
        finally:
            server.stop()


def test_all_media_goes_through_the_relay_and_no_other_address_is_told(relayed: CallStage) -> None:
    """Given relay only, when two meet, then all arrives, and only the relay's address is told."""
    call = relayed.book()
    with relayed.staff(call, "nurse") as nurse, relayed.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
        nurse.hears()
        for caller in (nurse, doctor):
            used = caller.page.evaluate(USED)
            assert used
            assert set(used) == {"relay"}
            told = [kind for frame in caller.frames for kind in re.findall(r"candidate:.*? typ (\w+)", frame)]
            assert told
            assert set(told) == {"relay"}
        assert nurse.errors + doctor.errors == []


def test_a_page_whose_credentials_are_old_asks_for_others_before_it_looks_for_a_way(
    relayed: CallStage,
) -> None:
    """Given a computer that slept, when its way is lost, then it asks, and restarts with what came."""
    call = relayed.book()
    with relayed.staff(call, "nurse") as nurse, relayed.staff(call, "doctor") as doctor:
        for caller in (nurse, doctor):
            caller.page.add_init_script(WATCH_SOCKETS)
            caller.come()
        assert min(doctor.presented(1)) >= 15
        one, other = (nurse, doctor) if "media.offer" in kinds(nurse, 0) else (doctor, nurse)
        given = one.page.evaluate(CREDENTIAL)
        assert restarted(one, other) == ["media.offer"], "young credentials do"
        one.page.evaluate(SLEEP, 9)
        assert restarted(one, other) == ["ice.ask", "media.offer"]
        assert one.page.evaluate(CREDENTIAL) != given
        for caller in (nurse, doctor):
            assert min(caller.presented(1)) >= 15
            assert caller.errors == []


def restarted(one: Caller, other: Caller) -> list[str]:
    """Have the other side say that nothing arrives; return what the one that offers says to that."""
    start = len(one.said)
    offer = next(frame for frame in map(json.loads, other.frames) if frame["type"] == "media.offer")
    ask = {"type": "media.restart", "to": offer["from"], "connection": offer["connection"]}
    other.page.evaluate(ASK, ask)
    wait_until(lambda: "media.offer" in kinds(one, start), what="a restart")
    return [kind for kind in kinds(one, start) if kind in {"ice.ask", "media.offer"}]


def kinds(caller: Caller, start: int) -> list[str]:
    """What somebody's page said from then on."""
    caller.page.wait_for_timeout(50)  # Playwright hears of frames while it waits
    return [json.loads(frame)["type"] for frame in caller.said[start:]]
