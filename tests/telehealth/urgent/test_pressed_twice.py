"""Two people press the button for two visits of one patient at the same moment: one request rings."""

from threading import Event, Thread
from time import monotonic, sleep
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.retries import run_write
from telehealth.urgent import service
from telehealth.urgent.errors import AlreadyOpenError
from telehealth.urgent.models import UrgentEvent, UrgentRequest
from telehealth.visits.models import Visit
from tests.support.urgent import UrgentWorld, make_urgent_world, open_urgent_visit

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one writer

PATIENCE = 30


def wait_until_somebody_waits(database: Database) -> None:
    """Return once a transaction waits for another one, as the second press does for the first."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with database.read() as unit:
            query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if unit.session.connection().execute(query).scalar_one():
                return
        sleep(0.01)
    raise TimeoutError("the second press never met the first")


@pytest.fixture
def world(database: Database) -> UrgentWorld:
    with database.write() as unit:
        return make_urgent_world(unit.session, now=unit.now)


@pytest.fixture
def second_visit(database: Database, world: UrgentWorld) -> UUID:
    with database.write() as unit:
        patient_id = unit.session.get_one(Visit, world.visits[0]).patient_id
        return open_urgent_visit(unit.session, world.nurse, patient_id, now=unit.now)


def test_the_slower_press_is_told_of_the_request_that_rings(
    database: Database, world: UrgentWorld, second_visit: UUID
) -> None:
    first_pressed, answers = Event(), list[DomainError | UUID]()

    def press_slowly() -> None:
        with database.write() as unit:
            request_id = world.press(unit.session, now=unit.now).id
            first_pressed.set()
            wait_until_somebody_waits(database)
        answers.append(request_id)

    def press(unit: Unit) -> UUID:
        wanted = service.Press(visit_id=second_visit)
        return service.press(unit.session, world.nurse, wanted, now=unit.now).id

    def press_too() -> None:
        assert first_pressed.wait(PATIENCE)
        try:
            answers.append(run_write(database, press))
        except DomainError as refusal:
            answers.append(refusal)

    threads = [Thread(target=each) for each in (press_slowly, press_too)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    (rings,) = [each for each in answers if isinstance(each, UUID)]
    (refused,) = [each for each in answers if isinstance(each, DomainError)]
    assert isinstance(refused, AlreadyOpenError)
    assert (refused.code, refused.request_id) == ("urgent-already-open", rings)
    with database.read() as unit:
        assert unit.session.exec(select(UrgentRequest.id)).all() == [rings]
        assert set(unit.session.exec(select(UrgentEvent.request_id)).all()) == {rings}
