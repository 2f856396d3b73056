"""The laboratory measured: packets are sent through real namespaces and counted at the other end."""

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.laboratory import namespaces
from tests.support.laboratory.gate import WITHOUT, demand_or_say
from tests.support.laboratory.links import CORE_ADDRESS, Laboratory, Site, open_laboratory
from tests.support.laboratory.shaping import Pipe, Shape
from tests.support.processes import wait_until

PORT = 9000
HEADERS = 28
"""Of IP and UDP: a link's rate counts them."""

SO_RCVBUFFORCE = 33
"""Of Linux; Python has no name for it."""


@contextmanager
def ears(namespace: str, port: int = PORT) -> Iterator[socket.socket]:
    """Listen for datagrams in a namespace."""
    with namespaces.entered(namespace):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8_000_000)
        listener.bind(("", port))
        listener.settimeout(10)
        yield listener


def send(site: Site, number: int, *, size: int = 100, to: str = CORE_ADDRESS) -> None:
    """Send datagrams from a site, pausing now and then so that no buffer before the link overflows."""
    with namespaces.entered(site.namespace):
        speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with speaker:
        before = site.counts()["up"]["offered"]
        for sent in range(1, number + 1):
            speaker.sendto(bytes(size - HEADERS), (to, PORT))
            if sent % 100 == 0 or sent == number:
                wait_until(lambda: site.counts()["up"]["offered"] >= before + sent, what="sending")  # noqa: B023


def heard(listener: socket.socket) -> int:
    """Count the datagrams that wait at a listener."""
    number = 0
    listener.setblocking(False)
    with suppress(BlockingIOError):
        while listener.recv(2_000):
            number += 1
    return number


def counted(site: Site) -> Counter[str]:
    """Where the packets a site ever sent went."""
    return Counter(site.counts()["up"])


def settle(site: Site, since: Counter[str]) -> Counter[str]:
    """Wait until nothing is under way from a site any more; return where its packets went since then."""

    def is_done() -> bool:
        counts = counted(site)
        ended = ("delivered", "lost", "dropped", "cut", "blocked")
        return counts["offered"] == sum(counts[name] for name in ended)

    wait_until(is_done, what="the link being empty")
    now = counted(site)
    now.subtract(since)
    return now


def test_everything_arrives_over_a_good_link(laboratory: Laboratory) -> None:
    station, doctor = laboratory.sites["station"], laboratory.sites["doctor"]
    with ears(laboratory.core) as core, ears(doctor.namespace) as peer:
        send(station, 300)
        send(station, 200, to=doctor.address)
        settle(station, Counter())
        wait_until(lambda: doctor.counts()["down"]["delivered"] >= 200, what="the second link")
        assert (heard(core), heard(peer)) == (300, 200)


def test_a_link_loses_exactly_what_its_seed_says(laboratory: Laboratory) -> None:
    """Given a seed, then the very packets that a pipe of that seed loses are lost, some five in a hundred."""
    witness = laboratory.sites["witness"]
    witness.shape(up={"loss_percent": 5})
    expected = Pipe("1/witness/up", Shape(loss_percent=5))
    for _ in range(2_000):
        expected.offer(b"packet", 0.0)
    expected.due(1.0)
    with ears(laboratory.core) as core:
        send(witness, 2_000)
        counts = settle(witness, Counter())
        assert heard(core) == counts["delivered"] == expected.counts.delivered
    assert 80 <= counts["lost"] <= 120


def test_a_queue_holds_as_much_as_asked(laboratory: Laboratory) -> None:
    """Given 100 ms per packet and room for ten, when fifty come at once, then ten or hardly more pass."""
    station = laboratory.sites["station"]
    station.shape(up={"rate_kbps": 80, "queue_bytes": 10_000})
    before = counted(station)
    with ears(laboratory.core) as core:
        send(station, 50, size=1_000)
        counts = settle(station, before)
        assert 10 <= heard(core) <= 14, "slow machines send for longer, so a few more find room"
    assert counts["dropped"] == 50 - counts["delivered"]


def test_a_link_is_as_fast_as_asked(laboratory: Laboratory) -> None:
    """Given 400 kbit/s, when 51 kB are sent at once, then the last byte has arrived after 1.02 s."""
    station = laboratory.sites["station"]
    station.shape(up={"rate_kbps": 400})
    with ears(laboratory.core) as core:
        began = time.monotonic()
        send(station, 51, size=1_000)
        for _ in range(51):
            core.recv(2_000)
        seconds = time.monotonic() - began
    assert 1.01 <= seconds <= 3, "never faster; slower only where the machine is"


def test_nothing_arrives_before_its_delay(laboratory: Laboratory) -> None:
    station = laboratory.sites["station"]
    station.shape(up={"delay_ms": 60})
    with ears(laboratory.core) as core, namespaces.entered(station.namespace):
        speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with speaker:
            delays = []
            for _ in range(10):
                began = time.monotonic()
                speaker.sendto(b"packet", (CORE_ADDRESS, PORT))
                core.recv(100)
                delays.append(time.monotonic() - began)
    assert min(delays) >= 0.06
    assert min(delays) <= 0.12, "the quickest of ten, on however busy a machine"


def test_a_cut_lets_nothing_through_and_loses_what_is_under_way(laboratory: Laboratory) -> None:
    station = laboratory.sites["station"]
    station.shape(up={"delay_ms": 3_000})
    before = counted(station)
    with ears(laboratory.core) as core:
        send(station, 10)
        station.cut()
        send(station, 20)
        station.mend()
        station.shape(up={"delay_ms": 0})
        send(station, 5)
        counts = settle(station, before)
        assert heard(core) == counts["delivered"] == 5
    assert counts["cut"] == 30


def test_blocked_udp_leaves_tcp_alone(laboratory: Laboratory) -> None:
    station = laboratory.sites["station"]
    station.shape(up={"has_udp": False}, down={"has_udp": False})
    before = counted(station)
    with namespaces.entered(laboratory.core):
        listener = socket.socket()
    with listener, ears(laboratory.core) as core:
        listener.bind((CORE_ADDRESS, PORT))
        listener.listen()
        send(station, 20)
        dial = f"import socket; socket.create_connection(('{CORE_ADDRESS}', {PORT}), timeout=10)"
        subprocess.run([*station.command, sys.executable, "-c", dial], check=True)
        assert heard(core) == 0
    assert settle(station, before)["blocked"] == 20


def test_a_site_that_roams_has_another_address_and_the_old_one_no_more(laboratory: Laboratory) -> None:
    station, doctor = laboratory.sites["station"], laboratory.sites["doctor"]
    old, before = station.address, station.counts()["down"]["delivered"]
    station.roam()
    with ears(laboratory.core) as core, ears(station.namespace) as back:
        send(station, 1)
        assert core.recvfrom(100)[1][0] == station.address != old
        send(doctor, 3, to=old)
        send(doctor, 2, to=station.address)
        wait_until(lambda: station.counts()["down"]["delivered"] >= before + 5, what="arriving")
        assert heard(back) == 2


def test_sites_that_may_not_reach_each_other_still_reach_the_core(laboratory: Laboratory) -> None:
    station, doctor = laboratory.sites["station"], laboratory.sites["doctor"]
    laboratory.forward(False)
    before = counted(station)
    with ears(laboratory.core) as core, ears(doctor.namespace) as peer:
        send(station, 5, to=doctor.address)
        send(station, 5)
        settle(station, before)
        assert (heard(core), heard(peer)) == (5, 0)


DIE = """
import os, signal, subprocess, sys
from pathlib import Path
from tests.support.laboratory.gate import WITHOUT, demand_or_say
from tests.support.laboratory.links import open_laboratory
quiet = subprocess.DEVNULL
with open_laboratory(Path(sys.argv[1]), ["station"]) as laboratory:
    site = laboratory.sites["station"]
    sleeper = subprocess.Popen([*site.command, "sleep", "600"], stdout=quiet, stderr=quiet)
    print(laboratory.core, site.namespace, laboratory.relay_pid, sleeper.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_dead_owner_left_is_cleared_away_and_what_lives_is_not(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    """Given an owner that was killed, then its relay ends by itself and the rest goes at the next start."""
    died = subprocess.run([sys.executable, "-c", DIE, tmp_path], capture_output=True, text=True, timeout=60)
    core, site, relay, sleeper = died.stdout.split()
    wait_until(lambda: not processes.is_running(int(relay)), what="the end of the relay")

    cleared = namespaces.clear_leftovers()

    assert {core, site} <= set(cleared)
    wait_until(lambda: not processes.is_running(int(sleeper)), what="the end of what ran there")
    assert not (namespaces.FOLDER / site).exists()
    assert (namespaces.FOLDER / laboratory.core).exists()
    assert laboratory.core not in cleared


def test_a_laboratory_leaves_nothing_behind(may_have_a_laboratory: None, tmp_path: Path) -> None:
    with open_laboratory(tmp_path, ["station"]) as opened:
        relay, names = opened.relay_pid, [opened.core, opened.sites["station"].namespace]
        child = processes.start([*opened.command, "sleep", "600"], log=tmp_path / "sleep.log")
    assert not processes.is_running(relay)
    assert not processes.is_running(child.pid)
    assert [name for name in names if (namespaces.FOLDER / name).exists()] == []


def test_where_there_can_be_none_the_run_fails_unless_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv(WITHOUT, raising=False)
    with pytest.raises(pytest.fail.Exception, match=f"needs root.*{WITHOUT}=1"):
        demand_or_say()
    monkeypatch.setenv(WITHOUT, "1")
    with pytest.raises(pytest.skip.Exception, match="needs root"):
        demand_or_say()
