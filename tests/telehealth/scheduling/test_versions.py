"""Every change of something that is there: refused without its version, refused on a stale one."""

from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.clock import FixedClock
from tests.telehealth.scheduling.front import VERSIONED, Front, make_front
from tests.telehealth.scheduling.test_api import code_of
from tests.telehealth.scheduling.test_once import names, posts

pytestmark = pytest.mark.databases("sqlite")  # the edge and its codes; the commands run on both elsewhere

CHANGED = ("/holds/{", "/appointments/{", "/waitlist/{")


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def front(database: Database, tmp_path: Path, clock: FixedClock) -> Front:
    return make_front(database, tmp_path, clock)


def test_no_change_of_an_appointment_goes_without_a_version(front: Front) -> None:
    found = posts(front.app.openapi())
    changes = {path for path in found if path.startswith(CHANGED)}
    assert changes | {"/plans/{plan_id}/book"} == set(VERSIONED)
    assert {path for path in VERSIONED if "if-match" not in names(found[path])} == set()


@pytest.mark.parametrize("path", VERSIONED)
def test_a_change_is_carried_out_on_the_version_that_was_read(front: Front, path: str) -> None:
    sending = VERSIONED[path](front)
    assert sending.version is not None
    before = front.effects()
    assert code_of(sending.send(version=None), 428) == "if-match-needed"
    for stale in (sending.version - 1, sending.version + 1):
        assert code_of(sending.send(version=stale), 412) == "stale-version"
    assert front.effects() == before

    done = sending.send()
    assert done.status_code in (200, 201), done.text
    assert done.headers["etag"] == f'"{done.json()["version"]}"'
    after = front.effects()
    assert after != before
    # Used up: another version by now, booked again already, or no longer the doctor's to see.
    assert sending.send().status_code in (412, 409, 404)
    assert front.effects() == after
