"""A save meets a colleague's that is not committed yet: two transactions are open at once, no words are lost.

Each save is one whose first answer got lost on the way, and whose words a colleague is just writing over.
What it read before it had to wait must not count as what is stored when its turn comes.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import text
from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.conferences import queries as conferences
from telehealth.conferences import service as minutes
from telehealth.conferences.rules import Part
from telehealth.conferences.service import Beginning
from telehealth.examination import queries as examination
from telehealth.examination import service as examining
from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.rules import Section
from telehealth.visits.service import VisitRequest
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.visits import VISIT_REASON

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one writer

PATIENCE = 30
MINE, WHOLE, THEIRS = "Ho ba ngày", "Ho ba ngày, sốt", "Dị ứng aspirin: phù mặt"
PAGES = ("sections/findings", "station/history", "examination/items/lungs", "minutes/texts/plan")


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A support between facilities, so that it has minutes too."""
    opened = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT)
    with database.write() as unit:
        examining.load_templates(unit.session, now=unit.now)
        by, visit_id = opened.world.practitioner, opened.world.visit.id
        minutes.begin_minutes(unit.session, by, visit_id, Beginning(), now=unit.now)
    return opened


def wait_until_somebody_waits(database: Database) -> None:
    """Return once another transaction of this database waits for a lock."""
    until = monotonic() + PATIENCE
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while monotonic() < until:
        with database.read() as unit:
            if unit.session.connection().execute(waiting).scalar_one():
                return
        sleep(0.01)
    raise TimeoutError("the two saves never met")


def meet(database: Database, theirs: Callable[[Session], object], mine: Callable[[], object]) -> None:
    """Let a colleague write and commit only once one's own save waits for that."""
    is_written, failures = Event(), list[BaseException]()

    def write_slowly() -> None:
        try:
            with database.write() as unit:
                theirs(unit.session)
                unit.session.flush()
                is_written.set()
                wait_until_somebody_waits(database)
        except BaseException as failure:
            failures.append(failure)
            is_written.set()

    thread = Thread(target=write_slowly)
    thread.start()
    assert is_written.wait(PATIENCE)
    mine()
    thread.join(PATIENCE)
    assert not failures, failures


def put(
    session: Session, practice: Practice, by: MembershipActor, page: str, words: str, version: int
) -> None:
    """Write where a page writes."""
    visit_id, now = practice.world.visit.id, practice.world.visit.recorded_at
    name = page.rpartition("/")[2]
    if page.startswith("examination"):
        args = {"version": version, "today": now.date(), "now": now}
        examining.put_item(session, by, visit_id, name, "abnormal", words, **args)
    elif page.startswith("minutes"):
        minutes.write_text(session, by, visit_id, Part(name), words, version=version, now=now)
    else:
        service.write_section(session, by, visit_id, Section(name), words, version=version, now=now)


def stored(practice: Practice, page: str) -> str:
    name = page.rpartition("/")[2]
    with practice.database.read() as unit:
        session, visit = unit.session, practice.world.visit
        if page.startswith("examination"):
            return examination.items_of(session, visit)[name].text
        if page.startswith("minutes"):
            return conferences.texts_of(session, visit.id)[name].text
        return queries.sections_of(session, visit)[name].text


@pytest.mark.parametrize("page", PAGES)
def test_a_save_sent_again_shows_what_a_colleague_was_just_writing(practice: Practice, page: str) -> None:
    world, browser = practice.world, practice.practitioner
    version = 1 if page.startswith("station") else 0  # the history was told at the desk
    with practice.database.write() as unit:
        put(unit.session, practice, world.practitioner, page, MINE, version)
    token = browser.client.get(f"{practice.visit}/station").text.partition('name="csrf_token" value="')[2]
    colleague = world.nurse if page.startswith("station") else world.doctor
    field = "history" if page.startswith("station") else "text"
    sent = {field: WHOLE, "state": "abnormal", "version": str(version), "before": MINE}
    if page.startswith("station"):
        sent = {field: WHOLE, "history_version": str(version), "before": MINE}
    elif not page.startswith("examination"):
        del sent["state"]
    answers = []

    def save() -> None:
        data = {"csrf_token": token.partition('"')[0], **sent}
        headers = {"HX-Request": "true", "HX-Target": "state"}
        answers.append(browser.client.post(f"{practice.visit}/{page}", data=data, headers=headers))

    meet(
        practice.database,
        lambda session: put(session, practice, colleague, page, THEIRS, version + 1),
        save,
    )
    assert [each.status_code for each in answers] == [422]
    assert THEIRS in answers[0].text
    assert stored(practice, page) == THEIRS


def test_a_request_sent_again_leaves_what_a_colleague_was_just_writing(practice: Practice) -> None:
    world = practice.world
    request = VisitRequest(
        id=world.visit.id,
        patient_id=world.patient_id,
        consult_kind=ConsultKind.FACILITY_SUPPORT,
        reason=VISIT_REASON,
        sections={Section.HISTORY: WHOLE},
    )

    def send_again() -> None:
        with practice.database.write() as unit:
            service.open_visit(unit.session, world.nurse, request, now=unit.now)

    meet(
        practice.database,
        lambda session: put(session, practice, world.practitioner, "station/history", THEIRS, 1),
        send_again,
    )
    assert stored(practice, "station/history") == THEIRS
