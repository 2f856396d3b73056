"""Nurses at a running program over HTTP: they find, hold, book and call off, each with a token of her own."""

from typing import Any

import httpx2

from telehealth.access.rules import ConsultKind
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, add_weekly_hours, ensure_resource
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.world import SINCE, make_doctor, make_hospital, make_member, make_patient, make_token

Ids = dict[str, str]


class Writer:
    """A nurse with her own token and patient, who holds slots, books some and gives all of them back."""

    def __init__(self, base_url: str, token: str, ids: Ids) -> None:
        self.client = httpx2.AsyncClient(base_url=base_url, timeout=30)
        self.token, self.ids = token, ids

    def headers(self, **more: str) -> dict[str, str]:
        """Say who asks; each time with another key."""
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id()), **more}

    async def send(self, path: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        """Post once."""
        return await self.client.post(path, json=body, headers=self.headers(**headers))

    async def hold(self, slot: dict[str, str]) -> httpx2.Response:
        """Hold a slot for a fresh form."""
        body = {**self.ids, "form_id": str(new_id()), "consult_kind": "remote_exam"}
        body |= {name: slot[name] for name in ("doctor_membership_id", "starts_at")}
        return await self.send("/api/v1/holds", body)

    async def release(self, held: httpx2.Response) -> None:
        """Give a hold back."""
        path = f"/api/v1/holds/{held.json()['id']}/release"
        assert (await self.send(path, {}, **_version_of(held))).status_code == 200

    async def book(self, held: httpx2.Response) -> httpx2.Response:
        """Confirm a hold."""
        path = f"/api/v1/holds/{held.json()['id']}/confirm"
        booked = await self.send(path, {}, **_version_of(held))
        assert booked.status_code == 200, booked.text
        return booked

    async def cancel(self, booked: httpx2.Response) -> None:
        """Call an appointment off."""
        path = f"/api/v1/appointments/{booked.json()['id']}/cancel"
        called_off = await self.send(path, {"reason": "booked_by_mistake"}, **_version_of(booked))
        assert called_off.status_code == 200, called_off.text

    async def find(self, **query: str) -> list[dict[str, str]]:
        """Search for the earliest ten."""
        answer = await self.client.get(
            "/api/v1/slots", params={"limit": "10", **query}, headers=self.headers()
        )
        assert answer.status_code == 200
        slots: list[dict[str, str]] = answer.json()["slots"]
        return slots


def _version_of(answer: httpx2.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["etag"]}


def make_people(database: Database, *, writers: int, doctors: int) -> list[tuple[str, Ids]]:
    """Return tokens of nurses of one station, each with a patient and an open visit."""
    now = SystemClock().now()
    found = []
    with database.write() as unit:
        session = unit.session
        first = make_member(session)
        ensure_resource(session, ResourceKind.SEAT, first.here, lanes=writers)
        hospital = make_hospital(session)
        for number in range(doctors):
            doctor = make_doctor(session, hospital, name=f"Hà Văn {number}")
            diary = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
            add_weekly_hours(session, diary, range(7), ("00:00", "24:00"), valid_from=SINCE)
        add_service_type(session, "standard")
        for number in range(writers):
            patient = make_patient(session, first, full_name=f"Lý Thị {number}", phone=None, now=now)
            request = VisitRequest(
                patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối"
            )
            visit = open_visit(session, first, request, now=now)
            ids = {"visit_id": str(visit.id), "patient_id": str(patient.id)}
            found.append((make_token(session, first, now=now), ids))
    return found
