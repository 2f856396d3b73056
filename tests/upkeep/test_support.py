"""The tests' own tools do what tests rely on: above all, that they fail when they must."""

import socket
import sys
from collections.abc import Callable

import pytest
import redis
from playwright.sync_api import Browser
from sqlalchemy import text

from telehealth.kit.db import Database
from telehealth.visits.service import load_reference
from tests.support import processes, provision
from tests.support.axe import check_accessibility
from tests.support.chromium import open_device
from tests.support.clock import FixedClock
from tests.support.loaded import load_codes, stored
from tests.support.loopback import LeavesTheMachineError
from tests.support.ports import free_port, is_listening
from tests.support.redis import RedisServer
from tests.support.sharing import CALL_FILES, CALLS, SHARED_FILES, stays_with
from tests.upkeep import sources

NOWHERE = "192.0.2.1"
"""An address for documentation: nobody has it (RFC 5737)."""


def test_tests_cannot_leave_the_machine() -> None:
    with socket.socket() as outgoing, pytest.raises(LeavesTheMachineError):
        outgoing.connect((NOWHERE, 80))
    with pytest.raises(LeavesTheMachineError):
        socket.getaddrinfo("example.org", 443)


def test_calls_stay_together_and_files_that_share_a_program_stay_whole() -> None:
    calls = ("tests/journeys/test_call_two.py::test_a", "tests/laboratory/test_calls.py::test_b[x@y]")
    assert {stays_with(each) for each in calls} == {CALLS}
    assert stays_with("tests/journeys/test_hours.py::test_a") == "tests/journeys/test_hours.py"
    assert stays_with("tests/kit/test_text.py::test_a[::]") == "tests/kit/test_text.py::test_a[::]"
    gone = [each for each in (*CALL_FILES, *SHARED_FILES) if not list(sources.ROOT.glob(f"{each}*"))]
    assert gone == []


def test_each_test_has_a_database_of_its_own(database: Database, database_kind: str) -> None:
    with database.write() as unit:
        unit.session.connection().execute(text("CREATE TABLE mine (id INTEGER)"))
        assert unit.session.get_bind().dialect.name == database_kind


def test_a_database_does_not_hold_what_another_test_wrote(database: Database) -> None:
    with database.read() as unit, pytest.raises(Exception, match="mine"):
        unit.session.connection().execute(text("SELECT * FROM mine"))


def test_codes_that_are_written_again_are_those_that_loading_writes(
    new_database: Callable[[], Database],
) -> None:
    written = []
    for load in (load_codes, load_codes, load_reference):
        with new_database().write() as unit:
            load(unit.session)
            written.append([sorted(rows, key=str) for rows in stored(unit.session)])
    assert all(written[0])
    assert written[0] == written[1] == written[2]


def test_the_clock_moves_only_when_told(clock: FixedClock) -> None:
    before = clock.now()
    assert clock.now() == before
    clock.advance(minutes=5)
    assert (clock.now() - before).total_seconds() == 300


def test_redis_answers(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    assert client.ping()
    client.close()


def test_a_part_that_ends_at_once_says_why(tmp_path) -> None:
    log = tmp_path / "part.log"
    child = processes.start([sys.executable, "-c", "raise SystemExit('out of cheese')"], log=log)
    with pytest.raises(processes.StartError, match="out of cheese"):
        processes.wait_for_start(child, lambda: False, log=log)


def test_a_stopped_part_is_gone(tmp_path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    log = tmp_path / "part.log"
    child = processes.start(command, log=log)
    processes.wait_for_start(child, lambda: is_listening(port), log=log)
    processes.stop(child.pid)
    assert not processes.is_running(child.pid)


def test_a_missing_part_is_named_with_what_to_install(capsys, monkeypatch) -> None:
    absent = provision.Part("a part", "its-package", lambda: None)
    monkeypatch.setitem(provision.PARTS, "a part", absent)
    monkeypatch.setattr(provision, "_become_root", lambda: None)
    assert provision.main(["a part"]) == 1
    assert "apt-get install --no-install-recommends its-package" in capsys.readouterr().err


def test_axe_finds_what_is_wrong(chromium: Browser) -> None:
    with open_device(chromium, base_url="http://127.0.0.1") as device:
        page = device.new_page()
        page.set_content("<title>Trang</title><html lang=vi><main><h1>Trang</h1><img src=x></main>")
        with pytest.raises(AssertionError, match="image-alt"):
            check_accessibility(page)


def test_axe_accepts_a_sound_page(chromium: Browser) -> None:
    with open_device(chromium, base_url="http://127.0.0.1") as device:
        page = device.new_page()
        page.set_content("<html lang=vi><title>Trang</title><main><h1>Hôm nay</h1></main>")
        check_accessibility(page)
