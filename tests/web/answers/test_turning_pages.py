"""The one press that turns a visit agreed for a time into one that is answered in writing, in process."""

from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.answers.models import AnswerRequest
from telehealth.duty.service import add_member, add_pool
from telehealth.kit.db import Database
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.visits import queries
from telehealth.visits.models import Visit
from tests.support.clock import FixedClock
from tests.support.practice import PIN, Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.visits import FOLLOW_UP_ON, VISIT_REASON
from tests.support.world import SINCE

pytestmark = pytest.mark.databases("sqlite")  # pages; the service runs on both elsewhere


@pytest.fixture
def practice(database: Database, clock: FixedClock, tmp_path: Path) -> Practice:
    """A call that has begun, with all written that a signature needs, and a pool both doctors are of."""
    made = open_practice(database, tmp_path, clock, is_written=True)
    with database.write() as unit:
        pool = add_pool(unit.session, made.world.doctor.here, "Nội", now=unit.now)
        for doctor in (made.world.doctor, made.world.other_doctor):
            add_member(unit.session, pool, doctor.ref, on=SINCE)
        scheduling.start(unit.session, made.world.doctor, made.world.appointment.id, now=unit.now)
    return made


def sent(practice: Practice) -> AnswerRequest:
    with practice.database.read() as unit:
        row = unit.session.exec(select(AnswerRequest)).one()
        unit.session.expunge(row)
        return row


def status(practice: Practice) -> str:
    with practice.database.read() as unit:
        return unit.session.get_one(Appointment, practice.world.appointment.id).status


def test_the_station_presses_once_and_the_same_doctor_finds_it_and_signs(practice: Practice) -> None:
    page = practice.nurse.get(practice.visit).text
    assert f'action="{practice.visit}/later"' in page
    answer = practice.nurse.post(f"{practice.visit}/later", page=practice.visit)
    request = sent(practice)
    here = f"/answers/{request.id}"
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    assert (status(practice), request.state) == ("aborted", "waiting")
    assert VISIT_REASON in practice.nurse.get(f"{practice.visit}/station").text
    assert f"{here}/take" in practice.doctor.get("/queue").text
    assert f"{here}/take" not in practice.stranger.get("/queue").text, "the same doctor comes first"

    taken = practice.doctor.post(f"{here}/take", page="/queue")
    assert taken.headers["location"] == f"{practice.visit}/write"
    workspace = practice.doctor.get(f"{practice.visit}/write").text
    for kept in (VISIT_REASON, "Penicillin", "Tăng huyết áp năm năm", "158", "Ăn nhạt", "I10"):
        assert kept in workspace
    signing = {"secret": PIN, "version": version(practice)}
    assert (
        practice.doctor.post(f"{practice.visit}/sign", signing, page=f"{practice.visit}/write").status_code
        == 303
    )
    assert sent(practice).state == "answered"
    assert "Trả lời sau" in practice.nurse.get(practice.visit).text


def version(practice: Practice) -> str:
    with practice.database.read() as unit:
        visit = unit.session.get_one(Visit, practice.world.visit.id)
        assert visit.follow_up_on == FOLLOW_UP_ON
        return str(queries.content_version(unit.session, visit))


def test_the_doctor_who_presses_has_it_at_once(practice: Practice) -> None:
    answer = practice.doctor.post(f"{practice.visit}/later", page=practice.visit)
    request = sent(practice)
    assert answer.headers["location"] == f"/answers/{request.id}"
    assert (request.state, request.owner_id) == ("taken", practice.world.doctor.ref)
    assert f"{practice.visit}/write" in practice.doctor.get(f"/answers/{request.id}").text


def test_pressed_again_it_leads_to_what_was_sent(practice: Practice) -> None:
    first = practice.nurse.post(f"{practice.visit}/later", page=practice.visit)
    again = practice.nurse.post(f"{practice.visit}/later", page="/today")
    assert again.headers["location"] == first.headers["location"]
    sent(practice)


def test_who_has_no_part_in_the_visit_turns_nothing(practice: Practice) -> None:
    assert practice.stranger.post(f"{practice.visit}/later", page="/queue").status_code == 404
    assert status(practice) == "in_progress"
    with practice.database.read() as unit:
        assert unit.session.exec(select(AnswerRequest)).all() == []
