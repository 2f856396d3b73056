"""A call that spans two server programs, one Redis and one PostgreSQL, outlives either server."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from telehealth.kit.ids import new_id
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall, open_folder
from tests.support.postgres import Cluster
from tests.support.processes import wait_until
from tests.support.redis import own_redis
from tests.support.servers import Server

DEADLINE = 120
"""Seconds; what a person waits is measured by `tests/bench/spanning.py` and `surviving.py`."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Two servers of one deployment, and what it is to come to either."""

    first: CallStage
    second: CallStage


@contextmanager
def started(folder: Path, name: str, env: dict[str, str]) -> Iterator[Server]:
    """Run one more server of a deployment for the length of a block."""
    server = Server(folder, command=("serve",), env=env)
    server.log = folder / f"{name}.log"
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def nodes(tmp_path: Path, chromium: Browser) -> Iterator[Nodes]:
    """A deployment of two servers."""
    cluster, name = Cluster.shared(), f"nodes_{new_id().hex}"
    url = cluster.create(name)
    with ExitStack() as stack:
        stack.callback(cluster.drop, name)
        redis = stack.enter_context(own_redis(tmp_path))
        database = stack.enter_context(open_folder(tmp_path, database_url=url))
        env = {"TELEHEALTH_DATABASE_URL": url, "TELEHEALTH_REDIS_URL": redis.url}
        servers = [stack.enter_context(started(tmp_path, each, env)) for each in ("first", "second")]
        first = CallStage(servers[0], database, chromium)
        yield Nodes(first, replace(first, server=servers[1]))


def meet(doctor: Caller, nurse: Caller) -> None:
    """The doctor comes first, so that his server holds the room; the station comes to the other one."""
    doctor.come()
    wait_until(lambda: "Chưa có ai khác" in doctor.status(), what="the doctor being alone", seconds=DEADLINE)
    nurse.come()
    for caller in (doctor, nurse):
        assert min(caller.presented(1, wanted=5)) >= 5
        caller.hears()


def write(one: Caller, other: Caller) -> None:
    """A line written at one server stands on the page of the other."""
    text = f"Em nghe rõ {new_id().hex[-6:]}"
    one.page.fill("#call-text", text)
    one.press("Gửi tin")
    other.page.get_by_text(text).wait_for(timeout=DEADLINE * 1000)


def goes_on(*callers: Caller) -> None:
    """Pictures and sound still come over the connection there was."""
    for caller in callers:
        assert min(caller.presented(1, wanted=10)) >= 10
        caller.hears()
        assert caller.page.evaluate("window.peerConnections.length") == 1


def killed_and_back(stage: CallStage, there: Caller, other: Caller) -> None:
    """Kill the server somebody is at: the call goes on, the other is served on; then it is back for both."""
    stage.server.stop(how=signal.SIGKILL)
    wait_until(lambda: "Mất kết nối" in there.status(), what="the page saying so", seconds=DEADLINE)
    served = lambda: "mất đường truyền" in other.status()  # noqa: E731
    wait_until(served, what="the other server telling of who is cut off", seconds=DEADLINE)
    goes_on(there, other)
    stage.server.start()
    for caller in (there, other):
        wait_until(lambda who=caller: who.status() == "", what="both being back", seconds=DEADLINE)  # type: ignore[misc]
    write(there, other)
    write(other, there)
    goes_on(there, other)


def in_one_call(nodes: Nodes, call: BookedCall, stack: ExitStack) -> tuple[Caller, Caller]:
    doctor = stack.enter_context(nodes.first.staff(call, "doctor"))
    nurse = stack.enter_context(nodes.second.staff(call, "nurse"))
    meet(doctor, nurse)
    return doctor, nurse


def test_a_call_over_two_servers_outlives_either(nodes: Nodes) -> None:
    """Given doctor and station at two servers, when each is killed in turn, the call goes on."""
    call = nodes.first.book()
    with ExitStack() as stack:
        doctor, nurse = in_one_call(nodes, call, stack)
        write(doctor, nurse)
        write(nurse, doctor)
        killed_and_back(nodes.first, doctor, nurse)
        killed_and_back(nodes.second, nurse, doctor)
        assert doctor.errors + nurse.errors == []
