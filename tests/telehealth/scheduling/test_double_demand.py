"""Twice as many patients as a pool has slots, at two server processes over HTTP: it is filled exactly."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from hypothesis import settings
from sqlmodel import Session, select

from telehealth.access.rules import ConsultKind
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, add_weekly_hours, ensure_resource
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.queries import get_facility
from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.servers import run_beside
from tests.support.world import SINCE, make_doctor, make_hospital, make_member, make_patient, make_token

IS_NIGHTLY = settings().max_examples > 100
PROCESSES, WRITERS = 2, 16 if IS_NIGHTLY else 6
# Twenty minutes each, from eight o'clock on.
DOCTORS, UNTIL, SLOTS = (10, "24:00", 48) if IS_NIGHTLY else (3, "10:00", 6)
CAPACITY = DOCTORS * SLOTS
DEMAND = 2 * CAPACITY

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one process


@dataclass(frozen=True)
class Rush:
    """Nurses of one station, each with her patients, and the pool they all want."""

    pool_id: UUID
    tokens: Sequence[str]
    patients: Sequence[Sequence[dict[str, str]]]


@pytest.fixture
def rush(database: Database) -> Rush:
    now = SystemClock().now()
    with database.write() as unit:
        session = unit.session
        first = make_member(session)
        station = get_facility(session, first.here)
        ensure_resource(session, ResourceKind.SEAT, first.here, lanes=50)
        hospital = make_hospital(session)
        pool = add_pool(session, hospital.id, "Nội", now=now)
        for number in range(DOCTORS):
            doctor = make_doctor(session, hospital, name=f"Hà Văn {number}")
            diary = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
            add_weekly_hours(session, diary, range(7), ("08:00", UNTIL), valid_from=SINCE)
            add_member(session, pool, doctor.ref, on=SINCE)
        add_service_type(session, "standard", duration_minutes=20, step_minutes=20)
        nurses = [first, *(make_member(session, station, name=f"Nông Thị {n}") for n in range(1, WRITERS))]
        tokens = [make_token(session, nurse, now=now) for nurse in nurses]
        ids = [_patient(session, first, number) for number in range(DEMAND)]
        return Rush(pool.id, tokens, [ids[n::WRITERS] for n in range(WRITERS)])


def _patient(session: Session, nurse: Any, number: int) -> dict[str, str]:
    now = SystemClock().now()
    patient = make_patient(session, nurse, full_name=f"Lý Thị {number}", phone=None, now=now)
    wanted = VisitRequest(patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối")
    visit = open_visit(session, nurse, wanted, now=now)
    return {"visit_id": str(visit.id), "patient_id": str(patient.id)}


class Writer:
    """A nurse who wants tomorrow's earliest time of the pool for each of her patients."""

    def __init__(self, base_url: str, token: str, pool_id: UUID, seen: Counter[str]) -> None:
        self.client = httpx2.AsyncClient(base_url=f"{base_url}/api/v1", timeout=60)
        self.token, self.pool, self.seen = token, str(pool_id), seen
        self.day = (SystemClock().now().astimezone(DEFAULT_ZONE) + timedelta(days=1)).date().isoformat()

    async def work(self, patients: Sequence[dict[str, str]]) -> None:
        for ids in patients:
            self.seen["booked" if await self.book(ids) else "full"] += 1
        await self.client.aclose()

    async def book(self, ids: dict[str, str]) -> bool:
        """Book the earliest time there is; false only once the search shows none."""
        while slots := await self.find(ids):
            body = {**ids, "form_id": str(new_id()), "consult_kind": "remote_exam", "pool_id": self.pool}
            held = await self.post("/holds", body | {"starts_at": slots[0]["starts_at"]})
            if held.status_code == 201:
                path = f"/holds/{held.json()['id']}/confirm"
                booked = await self.post(path, {}, **{"If-Match": held.headers["etag"]})
                assert booked.status_code == 200, booked.text
                return True
            assert (held.status_code, held.json()["code"]) == (409, "slot-taken"), held.text
            self.seen["taken"] += 1
        return False

    async def find(self, ids: dict[str, str]) -> Any:
        query = {"pool": self.pool, "patient": ids["patient_id"], "first": self.day, "last": self.day}
        found = await self.client.get("/slots", params={**query, "limit": 5}, headers=self.headers())
        assert found.status_code == 200, found.text
        return found.json()["slots"]

    async def post(self, path: str, body: dict[str, str], **headers: str) -> httpx2.Response:
        return await self.client.post(path, json=body, headers=self.headers(**headers))

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id()), **more}


@pytest.mark.timeout(3600 if IS_NIGHTLY else 300)
def test_a_pool_wanted_twice_over_is_filled_to_the_last_slot(
    database: Database, rush: Rush, tmp_path: Path
) -> None:
    """Invariant 14 past one process: nobody is told "full" while a slot is left, and none is had twice."""
    seen: Counter[str] = Counter()

    async def everybody(urls: Sequence[str]) -> None:
        writers = [
            Writer(urls[n % PROCESSES], token, rush.pool_id, seen) for n, token in enumerate(rush.tokens)
        ]
        await asyncio.gather(
            *(each.work(patients) for each, patients in zip(writers, rush.patients, strict=True))
        )

    with run_beside(database, tmp_path, count=PROCESSES) as servers:
        asyncio.run(everybody([server.base_url for server in servers]))

    assert (seen["booked"], seen["full"]) == (CAPACITY, DEMAND - CAPACITY)
    with database.read() as unit:
        booked = select(Appointment.doctor_membership_id, Appointment.starts_at).where(
            Appointment.status == "booked"
        )
        rows = unit.session.exec(booked).all()
    assert len(rows) == len(set(rows)) == CAPACITY
    assert set(Counter(doctor for doctor, _ in rows).values()) == {SLOTS}
