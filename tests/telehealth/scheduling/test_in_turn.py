"""Who comes too late for a slot: told from a unit that reads, as the writing one would have told it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, func
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.availability.models import Resource
from telehealth.kit.db import Database, Unit
from telehealth.kit.deps import Writer
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.scheduling import jobs, service
from telehealth.scheduling.errors import LimitReachedError, SlotTakenError
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim, IdempotencyKey
from telehealth.scheduling.rules import HoldRequest
from telehealth.scheduling.service.in_turn import foresee_refusal
from tests.support.app import ADDRESS, Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.pools import make_pool
from tests.support.world import make_sign_in, make_token
from web.booking.forms import slot_value

LOOKED = 10
"""Statements a loser costs over HTTP: who asks, and what stands at the slot, the patient and the form."""

ROWS = (Appointment, AppointmentEvent, Claim, IdempotencyKey, AuditEntry, Resource)


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=3, patients=3, seats=3, visits=4)


@pytest.fixture
def client(
    database: Database, world: BookingWorld, clock: FixedClock, tmp_path: Path
) -> Iterator[TestClient]:
    with database.write() as unit:
        token = make_token(unit.session, world.nurse, now=unit.now)
    app = build_app(database, tmp_path, clock)
    app.state.database.shelf = database.shelf
    with TestClient(app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def post(client: TestClient, world: BookingWorld, wall: str, *, key: str = "", **values: Any) -> Response:
    patient = values.pop("patient", 0)
    body = {
        "form_id": str(new_id()),
        "visit_id": str(world.visits[patient][-1]),
        "patient_id": str(world.patients[patient]),
        "doctor_membership_id": str(world.doctors[0].ref),
        "starts_at": at(wall).isoformat(),
        "consult_kind": "remote_exam",
        **values,
    }
    return client.post("/api/v1/holds", json=body, headers={"Idempotency-Key": key or str(new_id())})


def make_ready(database: Database) -> None:
    """Let this process have its boards, as the job does beforehand."""
    jobs.keep_boards(database)


def count_rows(database: Database) -> list[int]:
    with database.read() as unit:
        return [unit.session.exec(select(func.count()).select_from(table)).one() for table in ROWS]


@contextmanager
def watched(database: Database) -> Iterator[tuple[list[str], list[str]]]:
    """Collect all statements, and those that were sent between a writing unit's begin and end."""
    sent: list[str] = []
    written: list[str] = []

    def note(*args: Any) -> None:
        statement = str(args[2])
        sent.append(statement)
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) or "FOR UPDATE" in statement:
            written.append(statement)

    def begin(_connection: Any) -> None:
        written.append("BEGIN IMMEDIATE")

    engines = {database.writer, database.reader}
    if database.is_sqlite:
        event.listen(database.writer, "begin", begin)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent, written
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        if database.is_sqlite:
            event.remove(database.writer, "begin", begin)


def test_a_loser_costs_a_few_reads_takes_no_lock_and_leaves_no_row(
    client: TestClient, world: BookingWorld, database: Database
) -> None:
    make_ready(database)
    assert post(client, world, "09:30").status_code == 201
    assert post(client, world, "09:30", patient=1).status_code == 409  # what changed is loaded once
    before = count_rows(database)
    with watched(database) as (sent, written):
        lost = post(client, world, "09:30", patient=2)
    assert (lost.status_code, lost.json()["code"]) == (409, "slot-taken")
    assert written == []
    assert len(sent) <= LOOKED, sent
    assert count_rows(database) == before


def test_every_slot_a_loser_is_offered_can_be_held(
    client: TestClient, world: BookingWorld, database: Database
) -> None:
    make_ready(database)
    post(client, world, "09:30")
    lost = post(client, world, "09:30", patient=1, specialty="internal").json()
    offered = lost["facts"]["alternatives"]
    starts = [datetime.fromisoformat(slot["starts_at"]) for slot in offered]
    assert starts == [at("09:30"), at("09:30"), at("09:50")]
    for slot in offered:
        chosen = {name: slot[name] for name in ("doctor_membership_id", "starts_at")}
        held = post(client, world, "09:30", patient=1, **chosen)
        assert held.status_code == 201, held.text
        path = f"/api/v1/holds/{held.json()['id']}/release"
        assert client.post(path, headers={"If-Match": held.headers["etag"]}).status_code == 200


def test_a_repeated_request_gets_its_answer_though_its_own_booking_has_the_slot(
    client: TestClient, world: BookingWorld, database: Database
) -> None:
    make_ready(database)
    key, form = str(new_id()), str(new_id())
    first = post(client, world, "09:30", key=key, form_id=form)
    path = f"/api/v1/holds/{first.json()['id']}/confirm"
    headers = {"If-Match": first.headers["etag"], "Idempotency-Key": str(new_id())}
    assert client.post(path, json={}, headers=headers).status_code == 200
    again = post(client, world, "09:30", key=key, form_id=form)
    assert (again.status_code, again.json()) == (201, first.json())
    other = post(client, world, "09:30", key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    late = post(client, world, "09:30", patient=1)
    assert late.json()["code"] == "slot-taken"


def test_what_else_speaks_against_a_hold_is_said_first(
    client: TestClient, world: BookingWorld, database: Database
) -> None:
    make_ready(database)
    booked = post(client, world, "09:30")
    path = f"/api/v1/holds/{booked.json()['id']}/confirm"
    headers = {"If-Match": booked.headers["etag"], "Idempotency-Key": str(new_id())}
    assert client.post(path, json={}, headers=headers).status_code == 200
    assert post(client, world, "09:30").json()["code"] == "visit-has-appointment"
    unknown = post(client, world, "09:30", patient=1, patient_id=str(new_id()))
    assert unknown.json()["code"] == "patient-not-found"


def test_a_process_without_boards_refuses_in_the_same_words(
    client: TestClient, world: BookingWorld, database: Database
) -> None:
    post(client, world, "09:30")
    before = count_rows(database)
    cold = post(client, world, "09:30", patient=1, specialty="internal").json()
    assert count_rows(database) == before
    make_ready(database)
    assert post(client, world, "09:30", patient=1, specialty="internal").json() == cold


@pytest.mark.parametrize("specialty", [None, "internal"])
def test_a_look_never_says_what_the_writing_unit_would_not(
    database: Database, world: BookingWorld, specialty: str | None
) -> None:
    """Over every start, for a doctor, a form that holds one, and a pool: the same refusal or none."""
    with database.write() as unit:
        pool = make_pool(unit.session, world, [0, 1])
        own = world.request(at("09:30"), visit_id=world.visits[0][-1])
        service.hold(unit.session, world.nurse, own, now=unit.now)
        for doctor, wall in ((0, "10:10"), (1, "10:10"), (1, "10:50")):
            world.book(unit.session, at(wall), now=unit.now, doctor=doctor, patient=1 + doctor)
        limited = unit.session.exec(select(Resource).where(Resource.owner_id == world.doctors[2].ref)).one()
        limited.daily_max = 1
        world.book(unit.session, at("08:30"), now=unit.now, doctor=2, patient=1)
    make_ready(database)
    starts = [at("08:10") + timedelta(minutes=20 * n) for n in range(10)] + [at("12:10"), at("09:35")]
    seen = set()
    for starts_at in starts:
        for asked in _requests(world, own, pool.id, starts_at, specialty):
            with database.read() as unit:
                foreseen = foresee_refusal(unit.session, world.nurse, asked, now=unit.now)
            refused = _refused(database, world, asked)
            if foreseen is not None:
                assert (foreseen.code, foreseen.facts) == refused
                seen.add(foreseen.code)
    assert seen == {"slot-taken"}


def _requests(
    world: BookingWorld, own: HoldRequest, pool_id: Any, starts_at: Any, specialty: str | None
) -> Iterator[HoldRequest]:
    for doctor in range(3):
        yield world.request(
            starts_at, doctor=doctor, specialty=specialty, visit_id=world.visits[2][-1], patient=2
        )
    moved = {"form_id": own.form_id, "visit_id": own.visit_id, "specialty": specialty}
    yield world.request(starts_at, doctor=0, **moved)
    yield world.request(starts_at, doctor_membership_id=None, pool_id=pool_id, **moved)


def _refused(database: Database, world: BookingWorld, asked: HoldRequest) -> tuple[str, Any] | None:
    """Try to hold in a writing unit of which nothing stays; return its refusal."""
    try:
        with database.write() as unit:
            service.hold(unit.session, world.nurse, asked, now=unit.now)
            raise _UndoneError
    except DomainError as error:
        return error.code, error.facts
    except _UndoneError:
        return None


class _UndoneError(Exception):
    """Nothing of the unit is to stay."""


def test_a_limit_is_told_from_a_slot_that_is_taken(database: Database, world: BookingWorld) -> None:
    with database.write() as unit:
        world.book(unit.session, at("09:30"), now=unit.now)
    make_ready(database)
    units = Writer(database)
    late = world.request(at("09:30"), patient=1)
    with pytest.raises(SlotTakenError) as taken:
        service.hold_in_turn(units, world.nurse, late, lambda unit: pytest.fail("nobody writes"))
    assert [slot.starts_at for slot in taken.value.alternatives] == [at("09:50"), at("10:10"), at("10:30")]
    with database.write() as unit:
        doctor = unit.session.exec(select(Resource).where(Resource.owner_id == world.doctors[0].ref)).one()
        doctor.daily_max = 1

    def work(unit: Unit) -> Appointment:
        return service.hold(unit.session, world.nurse, other, now=unit.now, names_others=False)

    other = world.request(at("10:10"), patient=1)
    with pytest.raises(LimitReachedError) as full:
        service.hold_in_turn(units, world.nurse, other, work)
    assert full.value.alternatives[0].starts_at == at("07:30", days=1)


@pytest.mark.databases("sqlite")  # pages add nothing to that
def test_a_tap_on_a_slot_somebody_has_writes_nothing(
    database: Database, world: BookingWorld, clock: FixedClock, tmp_path: Path
) -> None:
    with database.write() as unit:
        cookie = make_sign_in(unit.session, world.nurse, now=unit.now)
    nurse = Browser(build_app(database, tmp_path, clock), cookie)
    nurse.client.app.state.database.shelf = database.shelf  # type: ignore[attr-defined]
    visit = world.visits[1][-1]
    page = f"/visits/{visit}/slots"
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', nurse.get(page).text)
    assert token
    with database.write() as unit:
        world.book(unit.session, at("09:30"), now=unit.now)
    before = count_rows(database)
    sent = {"csrf_token": token[1], "slot": slot_value(at("09:30"), world.doctors[0].ref)}
    with watched(database) as (_, written):
        answer = nurse.client.post(f"/visits/{visit}/hold", data=sent)
    assert (answer.status_code, written) == (303, [])
    assert count_rows(database) == before
    assert "09:30 vừa có nơi khác đặt" in nurse.get(answer.headers["location"]).text
