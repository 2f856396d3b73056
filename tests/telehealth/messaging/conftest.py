"""Fresh outboxes, on both databases."""

from collections.abc import Callable

import pytest

from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_patient
from tests.telehealth.messaging.outbox import ObedientGateway, Outbox


@pytest.fixture
def new_outbox(new_database: Callable[[], Database], clock: FixedClock, bus: Bus) -> Callable[[], Outbox]:
    """Make fresh outboxes on demand, each with one patient who has a mobile phone."""

    def make() -> Outbox:
        database = new_database()
        with database.write() as unit:
            nurse = make_member(unit.session)
            patient = make_patient(unit.session, nurse)
        outbox = Outbox(database, ObedientGateway(), clock, patient.id, nurse.here)
        bus.subscribe(MessageUndelivered, lambda _s, event, _n: outbox.undelivered.append(event))
        bus.subscribe(MessageDelivered, lambda _s, event, _n: outbox.delivered.append(event))
        return outbox

    return make


@pytest.fixture
def outbox(new_outbox: Callable[[], Outbox]) -> Outbox:
    """A fresh outbox."""
    return new_outbox()
