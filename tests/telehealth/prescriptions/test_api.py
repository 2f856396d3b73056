"""Prescriptions over the API: what the pages do, programs can do."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.prescriptions.service import import_long_use
from telehealth.staff.actors import MembershipActor
from tests.support.app import api_client
from tests.support.practice import PIN, Practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.practice import written_practice as written_practice
from tests.support.prescriptions import Pharmacy, open_pharmacy
from tests.support.world import make_integration, make_token

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def pharmacy(practice: Practice) -> Pharmacy:
    with practice.database.write() as unit:
        return open_pharmacy(unit.session, practice.world, now=unit.now)


def client(practice: Practice, actor: MembershipActor) -> TestClient:
    with practice.database.write() as unit:
        return api_client(practice.app, make_token(unit.session, actor, now=unit.now))


@pytest.fixture
def doctor(practice: Practice, pharmacy: Pharmacy) -> TestClient:
    return client(practice, practice.world.doctor)


def path(practice: Practice) -> str:
    return f"/api/v1{practice.visit}/prescription"


def medicine(practice: Practice, doctor: TestClient, q: str) -> dict[str, Any]:
    found = doctor.get(f"/api/v1/facilities/{practice.world.nurse.facility_id}/medicines", params={"q": q})
    assert found.status_code == 200, found.text
    body = found.json()
    assert (body["edition"], body["is_reviewed"]) == ("xã-2026.1", False)
    return dict(body["medicines"][0])


def line(practice: Practice, doctor: TestClient, q: str, **changed: Any) -> dict[str, Any]:
    row = medicine(practice, doctor, q)
    return {"medicine_id": row["id"], "dose": "1", "times": 2, "days": 7, **changed}


def put(doctor: TestClient, practice: Practice, body: dict[str, Any], tag: str | None = '"0"') -> Any:
    return doctor.put(path(practice), json=body, headers={} if tag is None else {"If-Match": tag})


def test_a_prescription_is_written_signed_replaced_and_voided_over_the_api(
    practice: Practice, doctor: TestClient
) -> None:
    written = put(doctor, practice, {"lines": [line(practice, doctor, "amlodipin 5")]})
    assert written.status_code == 200, written.text
    draft = written.json()["prescriptions"][0]
    assert (draft["state"], draft["lines"][0]["total"], draft["signed"]) == ("draft", "14", None)
    assert draft["lines"][0]["generic_name"] == "Amlodipin"
    visit = f"/api/v1{practice.visit}"
    tag = doctor.get(visit).headers["ETag"]
    signed = doctor.post(f"{visit}/sign", json={"secret": PIN}, headers={"If-Match": tag})
    assert signed.status_code == 201, signed.text
    assert signed.json()["content"]["parts"]["prescription"]["lines"][0]["total"] == "14"
    begun = doctor.post(f"{path(practice)}/replace")
    assert begun.status_code == 201, begun.text
    tag = begun.headers["ETag"]
    changed = put(doctor, practice, {"lines": [line(practice, doctor, "losartan", dose=0.5)]}, tag)
    assert changed.status_code == 200, changed.text
    amendment = {"secret": PIN, "reason": "Ho khan", "text": "Đổi thuốc"}
    unread = doctor.post(f"{visit}/amendments", json=amendment)
    assert unread.status_code == 412
    amendment["parts_version"] = changed.json()["version"]
    assert doctor.post(f"{visit}/amendments", json=amendment).status_code == 201
    nurse = client(practice, practice.world.nurse)
    listed = nurse.get(f"{visit}/prescriptions").json()["prescriptions"]
    assert [(each["number"], each["state"]) for each in listed] == [(1, "voided"), (2, "active")]
    assert listed[1]["signed"]["lines"][0]["total"] == "7"
    assert listed[1]["code"] is None
    assert listed[1]["code_state"] == "waiting"


def test_before_the_signature_the_station_is_told_only_that_one_is_written(
    practice: Practice, doctor: TestClient
) -> None:
    put(doctor, practice, {"lines": [{"generic_name": "Bí mật"}]})
    nurse = client(practice, practice.world.nurse)
    answer = nurse.get(f"/api/v1{practice.visit}/prescriptions")
    assert answer.json() == {"version": 1, "is_being_written": True, "prescriptions": []}
    assert put(nurse, practice, {"lines": []}, '"1"').status_code == 403


def test_warnings_come_with_their_codes(practice: Practice, doctor: TestClient) -> None:
    body = {"lines": [line(practice, doctor, "amoxicilin 500"), {"generic_name": "Cao"}]}
    warned = put(doctor, practice, body).json()["prescriptions"][0]["warnings"]
    found = [(each["code"], each["line"], each["needs_reason"]) for each in warned]
    assert ("allergy", 0, True) in found
    assert ("free_text", 1, False) in found
    visit = doctor.get(f"/api/v1{practice.visit}").json()
    assert {"prescription_incomplete", "prescription_reasons"} <= set(visit["missing"])


@pytest.mark.parametrize(
    ("body", "tag", "status", "code"),
    [
        ({"lines": []}, None, 428, "if-match-needed"),
        ({"lines": []}, '"7"', 412, "stale-version"),
        ({"lines": [{"generic_name": ""}]}, '"0"', 422, "medicine-unnamed"),
        ({"lines": [{"generic_name": "A", "days": 91}]}, '"0"', 422, "invalid-input"),
        ({"lines": [{"generic_name": "A", "dose": "0"}]}, '"0"', 422, "invalid-input"),
        ({"lines": [{"generic_name": "A", "dose": "0.0001"}]}, '"0"', 422, "invalid-input"),
        ({"lines": [{"generic_name": "A", "price": 1}]}, '"0"', 422, "invalid-input"),
        (
            {"lines": [{"medicine_id": "00000000-0000-7000-8000-000000000000"}]},
            '"0"',
            404,
            "medicine-not-found",
        ),
    ],
)
def test_bad_input_is_a_problem_with_a_stable_code(
    practice: Practice, doctor: TestClient, body: dict[str, Any], tag: str | None, status: int, code: str
) -> None:
    answer = put(doctor, practice, body, tag)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_draft_is_thrown_away(practice: Practice, doctor: TestClient) -> None:
    tag = put(doctor, practice, {"lines": [{"generic_name": "Cao"}]}).headers["ETag"]
    assert doctor.delete(path(practice), headers={"If-Match": '"9"'}).status_code == 412
    assert doctor.delete(path(practice), headers={"If-Match": tag}).status_code == 204
    assert doctor.delete(path(practice), headers={"If-Match": tag}).status_code == 404


def test_another_program_reads_what_is_signed_and_never_prescribes(
    practice: Practice, doctor: TestClient
) -> None:
    with practice.database.write() as unit:
        station = practice.world.station(unit.session)
        integration = make_integration(unit.session, station, "visit.read")
        token = make_token(unit.session, integration, now=unit.now)
    program = api_client(practice.app, token)
    put(doctor, practice, {"lines": [{"generic_name": "Bí mật"}]})
    assert program.get(f"/api/v1{practice.visit}/prescriptions").json()["prescriptions"] == []
    assert put(program, practice, {"lines": []}, '"1"').status_code == 403


def test_more_than_thirty_days_of_what_is_on_no_list_are_refused_by_code(
    practice: Practice, doctor: TestClient
) -> None:
    with practice.database.write() as unit:
        import_long_use(unit.session, "code,name,source\nE11,Đái tháo đường,x\n", "TT 26", now=unit.now)
    lines = [line(practice, doctor, "amlodipin", days=60)]
    written = put(doctor, practice, {"lines": lines, "long_reason": "Tăng huyết áp"})
    (draft,) = written.json()["prescriptions"]
    (told,) = [each for each in draft["warnings"] if each["code"].startswith("long")]
    assert (told["code"], told["names"]) == ("long_unlisted", ["TT 26"])
    visit = f"/api/v1{practice.visit}"
    tag = doctor.get(visit).headers["ETag"]
    refused = doctor.post(f"{visit}/sign", json={"secret": PIN}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (422, "record-incomplete")
    assert "prescription_long_unlisted" in refused.text
