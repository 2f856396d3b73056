"""Several server processes on one database, over HTTP: no slot twice, no failure, nobody sees old diaries."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from sqlmodel import col, select

from telehealth.access.rules import ConsultKind
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, add_weekly_hours, ensure_resource
from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Claim
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.servers import Server, run_beside
from tests.support.shared import RUN_DIR, own
from tests.support.world import SINCE, make_doctor, make_hospital, make_member, make_patient, make_token

PROCESSES, WRITERS, DOCTORS = 2, 16, 5
IS_NIGHTLY = settings().max_examples > 100
ATTEMPTS = 400 if IS_NIGHTLY else 6
ANSWERS = {201, 409}

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one process


class Writer:
    """A nurse with her own token and patient, who holds slots, books some and gives all of them back."""

    def __init__(self, base_url: str, token: str, ids: dict[str, str]) -> None:
        self.client = httpx2.AsyncClient(base_url=base_url, timeout=30)
        self.token, self.ids = token, ids

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id()), **more}

    async def hold(self, slot: dict[str, str]) -> httpx2.Response:
        body = {**self.ids, "form_id": str(new_id()), "consult_kind": "remote_exam"}
        body |= {name: slot[name] for name in ("doctor_membership_id", "starts_at")}
        return await self.client.post("/api/v1/holds", json=body, headers=self.headers())

    async def release(self, held: httpx2.Response) -> None:
        headers = self.headers(**{"If-Match": held.headers["etag"]})
        path = f"/api/v1/holds/{held.json()['id']}/release"
        assert (await self.client.post(path, headers=headers)).status_code == 200

    async def book_and_cancel(self, held: httpx2.Response) -> None:
        headers = self.headers(**{"If-Match": held.headers["etag"]})
        row = held.json()["id"]
        booked = await self.client.post(f"/api/v1/holds/{row}/confirm", json={}, headers=headers)
        assert booked.status_code == 200, booked.text
        headers = self.headers(**{"If-Match": booked.headers["etag"]})
        body = {"reason": "booked_by_mistake"}
        called_off = await self.client.post(f"/api/v1/appointments/{row}/cancel", json=body, headers=headers)
        assert called_off.status_code == 200, called_off.text

    async def find(self, **query: str) -> list[dict[str, str]]:
        answer = await self.client.get(
            "/api/v1/slots", params={"limit": "10", **query}, headers=self.headers()
        )
        assert answer.status_code == 200
        slots: list[dict[str, str]] = answer.json()["slots"]
        return slots


@pytest.fixture
def people(database: Database) -> list[tuple[str, dict[str, str]]]:
    """Tokens of nurses of one station, each with a patient and an open visit; the machine's own time."""
    now = SystemClock().now()
    found = []
    with database.write() as unit:
        session = unit.session
        first = make_member(session)
        ensure_resource(session, ResourceKind.SEAT, first.here, lanes=WRITERS)
        hospital = make_hospital(session)
        for number in range(DOCTORS):
            doctor = make_doctor(session, hospital, name=f"Hà Văn {number}")
            diary = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
            add_weekly_hours(session, diary, range(7), ("00:00", "24:00"), valid_from=SINCE)
        add_service_type(session, "standard")
        for number in range(WRITERS):
            patient = make_patient(session, first, full_name=f"Lý Thị {number}", phone=None, now=now)
            request = VisitRequest(
                patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối"
            )
            visit = open_visit(session, first, request, now=now)
            ids = {"visit_id": str(visit.id), "patient_id": str(patient.id)}
            found.append((make_token(session, first, now=now), ids))
    return found


@pytest.fixture
def servers(database: Database, tmp_path: Path) -> Iterator[Sequence[Server]]:
    with run_beside(database, tmp_path, count=PROCESSES) as started:
        yield started


@pytest.mark.timeout(3600 if IS_NIGHTLY else 300)
def test_many_writers_at_several_processes_never_share_a_slot(
    database: Database, servers: Sequence[Server], people: list[tuple[str, dict[str, str]]]
) -> None:
    seen: Counter[int] = Counter()

    async def write(writer: Writer) -> None:
        for attempt in range(ATTEMPTS):
            # Everybody wants what is the earliest: the hottest slots there are. Not today, where what
            # was found a moment ago may have come too near to be booked.
            slots = await writer.find(patient=writer.ids["patient_id"], first=_tomorrow())
            held = await writer.hold(slots[attempt % 2])
            seen[held.status_code] += 1
            assert held.status_code in ANSWERS, held.text
            if held.status_code == 201:
                await (writer.book_and_cancel(held) if attempt % 3 else writer.release(held))

    async def all_of_them() -> None:
        writers = [
            Writer(servers[number % PROCESSES].base_url, token, ids)
            for number, (token, ids) in enumerate(people)
        ]
        await asyncio.gather(*(write(each) for each in writers))
        for each in writers:
            await each.client.aclose()

    before = _deadlocks()
    asyncio.run(all_of_them())
    assert seen.total() == WRITERS * ATTEMPTS
    assert set(seen) == ANSWERS
    assert _deadlocks() == before
    with database.read() as unit:
        live = select(Claim).where(col(Claim.state).in_(("held", "booked")))
        rows = sorted((c.resource_id, c.lane, c.busy_start, c.busy_end) for c in unit.session.exec(live))
    for one, other in pairwise(rows):
        assert one[:2] != other[:2] or one[3] <= other[2]


def test_what_one_process_booked_the_next_search_of_another_knows(
    servers: Sequence[Server], people: list[tuple[str, dict[str, str]]]
) -> None:
    async def look() -> None:
        one, other = (
            Writer(server.base_url, token, ids) for server, (token, ids) in zip(servers, people, strict=False)
        )
        tomorrow = _tomorrow()
        wanted: dict[str, Any] = {"first": tomorrow, "last": tomorrow, "limit": "10"}
        for _ in range(5):
            slots = await one.find(**wanted)
            assert await other.find(**wanted) == slots
            held = await one.hold(slots[0])
            assert slots[0] not in await other.find(**wanted)
            await one.release(held)
            assert await other.find(**wanted) == slots
        await one.client.aclose()
        await other.client.aclose()

    asyncio.run(look())


def _tomorrow() -> str:
    return (SystemClock().now().astimezone(DEFAULT_ZONE) + timedelta(days=1)).date().isoformat()


def _deadlocks() -> int:
    """Count what the cluster's log says of units that waited for each other."""
    log = Path(os.environ[RUN_DIR]) / own("postgresql") / "postgresql.log"
    return log.read_text("utf-8", "replace").count("deadlock detected")
