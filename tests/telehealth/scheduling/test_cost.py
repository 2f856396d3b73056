"""What a booking asks of the database: a number that is known, and grows with nothing."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.errors import SlotTakenError
from telehealth.scheduling.finding import find_slots
from tests.support.app import ADDRESS, build_app
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.clock import FixedClock
from tests.support.plans import explained, reads_all
from tests.support.world import make_token

HOLD, CONFIRM = 24, 25
PHONED = 10
"""More where no text reaches the patient: a call is asked for, unless it is already."""
ON_POSTGRESQL = 2
"""More there: the turn of the key, the number of the transaction."""


@pytest.mark.parametrize("phone", [None, "0868 123 456"])
def test_hold_and_confirm_cost_the_same_few_statements_however_many_doctors_there_are(
    database: Database, clock: FixedClock, tmp_path: Path, phone: str | None
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=9, visits=2, phone=phone)
        token = make_token(unit.session, world.nurse, now=unit.now)
    more = 0 if database.is_sqlite else ON_POSTGRESQL
    told = 0 if phone else PHONED
    with TestClient(build_app(database, tmp_path, clock), base_url=ADDRESS) as client:
        book(client, database, world, token, "08:10")
        assert book(client, database, world, token, "09:30") == (HOLD + more, CONFIRM + told + more)


def book(
    client: TestClient, database: Database, world: BookingWorld, token: str, start: str
) -> tuple[int, int]:
    """Hold and confirm; return how many statements each took, ends of transactions not counted."""
    statements: list[str] = []
    engines = {database.writer, database.reader}

    def note(*args: object) -> None:
        if not str(args[2]).startswith("BEGIN"):
            statements.append(str(args[2]))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())}
    request = {
        "form_id": str(new_id()),
        "visit_id": str(world.visits[0].pop()),
        "patient_id": str(world.patients[0]),
        "doctor_membership_id": str(world.doctors[0].ref),
        "starts_at": at(start).isoformat(),
        "consult_kind": "remote_exam",
    }
    held = client.post("/api/v1/holds", json=request, headers=headers)
    assert held.status_code == 201
    for_hold = len(statements)
    headers |= {"Idempotency-Key": str(new_id()), "If-Match": held.headers["etag"]}
    path = f"/api/v1/holds/{held.json()['id']}/confirm"
    assert client.post(path, json={}, headers=headers).status_code == 200
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return for_hold, len(statements) - for_hold


@pytest.mark.databases("sqlite")  # it says how it will look before it looks
def test_no_search_hold_or_sweep_reads_every_claim_or_appointment(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session)
    with explained(database) as plans:
        for start in ("08:10", "09:30"):
            with database.write() as unit:
                world.hold(unit.session, at(start), now=unit.now)
                service.expire_due(unit.session, now=unit.now)
                with pytest.raises(SlotTakenError):
                    world.hold(unit.session, at(start), now=unit.now)
            with database.read() as unit:
                wanted = search(patient_id=world.patients[0])
                find_slots(unit.session, world.nurse, wanted, now=unit.now)
    assert plans
    assert reads_all(plans, "claim", "appointment") == []
    # Every patient who was ever booked is a resource.
    assert reads_all(plans, "resource", by_index=True) == []
