"""The program is killed while sections are being saved: whatever it acknowledged is there afterwards."""

import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from telehealth.access.rules import ConsultKind
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.processes import wait_until
from tests.support.servers import Server
from tests.support.world import make_member, make_patient, make_token

PARTS = ("reason", "history", "medicines", "allergies")
ROUNDS, ANSWERS_A_ROUND = 3, 24


@dataclass
class Writer:
    """Somebody who saves one section again and again, each text longer than the one before."""

    path: str
    token: str
    number: int = 0
    version: int = 0
    acknowledged: int = 0
    failure: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, base_url: str) -> None:
        """Save until the server is gone; whatever is not 200 is a failure of the test."""
        with httpx2.Client(base_url=base_url, timeout=30) as client:
            while not self.stop.is_set():
                headers = {"Authorization": f"Bearer {self.token}", "If-Match": f'"{self.version}"'}
                self.number += 1
                body = {"text": f"lần {self.number}"}
                try:
                    answer = client.put(self.path, json=body, headers=headers)
                except httpx2.TransportError:
                    return
                if answer.status_code != 200:
                    self.failure = answer.text
                    return
                self.version = answer.json()["version"]
                self.acknowledged = self.number


def begin(database: Database) -> tuple[str, str]:
    """Open a visit by the machine's own time; return its address and a nurse's token."""
    now = SystemClock().now()
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse, phone=None, now=now)
        wanted = VisitRequest(patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho")
        visit = open_visit(unit.session, nurse, wanted, now=now)
        return f"/api/v1/visits/{visit.id}", make_token(unit.session, nurse, now=now)


def stored(base_url: str, visit: str, token: str) -> dict[str, tuple[str, int]]:
    answer = httpx2.get(f"{base_url}{visit}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return {each["name"]: (each["text"], each["version"]) for each in answer.json()["sections"]}


@pytest.mark.timeout(300)
def test_a_server_killed_in_the_middle_of_saving_loses_no_section_it_acknowledged(
    database: Database, tmp_path: Path
) -> None:
    visit, token = begin(database)
    folder = tmp_path / "server"
    folder.mkdir()
    database.keyring.save(folder / "keys.json")
    server = Server(folder, command=("serve",), env={"TELEHEALTH_DATABASE_URL": database.url})
    try:
        server.start()
        for _ in range(ROUNDS):
            found = stored(server.base_url, visit, token)
            writers = {
                name: Writer(f"{visit}/sections/{name}", token, version=found.get(name, ("", 0))[1])
                for name in PARTS
            }
            kill_while_they_write(server, list(writers.values()))
            server.start()
            found = stored(server.base_url, visit, token)
            for name, writer in writers.items():
                assert writer.failure == ""
                # The answer to the newest may have been lost on the way; nothing older may stand there.
                assert found[name][0] in {f"lần {writer.acknowledged}", f"lần {writer.acknowledged + 1}"}
                assert found[name][1] - writer.version in {0, 1}
    finally:
        server.stop(how=signal.SIGKILL)


def kill_while_they_write(server: Server, writers: list[Writer]) -> None:
    """Let all write at once, and kill the server with requests on their way."""
    threads = [threading.Thread(target=each.run, args=(server.base_url,)) for each in writers]
    for thread in threads:
        thread.start()
    try:
        wait_until(
            lambda: all(
                each.acknowledged * len(writers) >= ANSWERS_A_ROUND or each.failure for each in writers
            ),
            what="some saved sections",
            seconds=120,
        )
        server.stop(how=signal.SIGKILL)
    finally:
        for each in writers:
            each.stop.set()
        for thread in threads:
            thread.join(timeout=60)
