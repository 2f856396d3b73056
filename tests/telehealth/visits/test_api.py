"""Visits over the API: what the pages do, programs can do."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.visits.rules import fingerprint
from tests.support.app import api_client
from tests.support.practice import PASSWORD, PIN, Practice
from tests.support.practice import booked_practice as booked_practice
from tests.support.world import make_integration, make_token

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")


def client(practice: Practice, actor: MembershipActor) -> TestClient:
    with practice.database.write() as unit:
        token = make_token(unit.session, actor, now=unit.now)
    return api_client(practice.app, token)


@pytest.fixture
def doctor(practice: Practice) -> TestClient:
    return client(practice, practice.world.doctor)


@pytest.fixture
def nurse(practice: Practice) -> TestClient:
    return client(practice, practice.world.nurse)


def put(api: TestClient, path: str, body: dict[str, Any], tag: str | None = '"0"') -> Any:
    return api.put(path, json=body, headers={} if tag is None else {"If-Match": tag})


def write_all(api: TestClient, visit: str) -> str:
    """Write what a signature needs; return the ETag of the whole."""
    for name, text in (("findings", "Tim đều"), ("advice", "Ăn nhạt")):
        assert put(api, f"{visit}/sections/{name}", {"text": text}).status_code == 200
    diagnoses = {"diagnoses": [{"code": "I10", "certainty": "confirmed"}]}
    assert put(api, f"{visit}/diagnoses", diagnoses).status_code == 200
    assert put(api, f"{visit}/follow-up", {"on": "2026-11-30"}).status_code == 200
    return str(api.get(visit).headers["ETag"])


def test_a_visit_is_opened_read_and_written_over_the_api(practice: Practice, nurse: TestClient) -> None:
    body = {
        "id": str(new_id()),
        "patient_id": str(practice.world.patient_id),
        "consult_kind": "remote_exam",
        "reason": "Ho ba ngày",
        "sections": {"allergies": "Penicillin"},
        "observations": {"temperature": "38.4", "pulse": 92},
    }
    opened = nurse.post("/api/v1/visits", json=body)
    assert opened.status_code == 201, opened.text
    assert opened.headers["Location"] == f"/api/v1/visits/{body['id']}"
    assert nurse.post("/api/v1/visits", json=body).json()["id"] == body["id"]
    visit = nurse.get(opened.headers["Location"]).json()
    assert [(each["name"], each["text"]) for each in visit["sections"]] == [
        ("reason", "Ho ba ngày"),
        ("allergies", "Penicillin"),
    ]
    assert visit["observations"][1] == {
        **visit["observations"][1],
        "code": "temperature",
        "loinc": "8310-5",
        "value": "38.4",
        "unit": "Cel",
    }
    assert visit["missing"] == ["findings", "diagnosis", "advice", "doctor"]


def test_strict_input_is_told_where_it_is_wrong(practice: Practice, nurse: TestClient) -> None:
    answer = nurse.post("/api/v1/visits", json={"patient_id": "x", "reason": 3, "colour": "red"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert {"/patient_id", "/reason", "/colour", "/consult_kind"} <= pointers
    impossible = {"values": {"spo2": "140"}}
    answer = nurse.post(f"/api/v1{practice.visit}/observations", json=impossible)
    assert (answer.status_code, answer.json()["code"]) == (422, "vital-impossible")
    assert answer.json()["errors"][0]["pointer"] == "/spo2"


def test_every_part_is_written_against_the_version_it_was_read_at(
    practice: Practice, doctor: TestClient
) -> None:
    path = f"/api/v1{practice.visit}/sections/findings"
    assert put(doctor, path, {"text": "Tim đều"}, tag=None).status_code == 428
    first = put(doctor, path, {"text": "Tim đều"})
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    stale = put(doctor, path, {"text": "Phổi trong"})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert put(doctor, path, {"text": "Phổi trong"}, tag='"1"').headers["ETag"] == '"2"'
    assert put(doctor, path, {"text": "x"}, tag='W/"2"').status_code == 412


def test_a_nurse_cannot_diagnose_and_a_stranger_finds_nothing(practice: Practice, nurse: TestClient) -> None:
    visit = f"/api/v1{practice.visit}"
    assert put(nurse, f"{visit}/diagnoses", {"diagnoses": []}).status_code == 403
    assert put(nurse, f"{visit}/sections/findings", {"text": "Tim đều"}).status_code == 403
    stranger = client(practice, practice.world.other_doctor)
    answer = stranger.get(visit)
    assert (answer.status_code, answer.json()["code"]) == (404, "visit-not-found")
    assert stranger.get(f"/api/v1/visits/{new_id()}").json() == answer.json()


def test_signing_asks_for_the_secret_and_for_what_was_read(practice: Practice, doctor: TestClient) -> None:
    visit = f"/api/v1{practice.visit}"
    tag = write_all(doctor, visit)

    def sign(secret: str, tag: str) -> Any:
        return doctor.post(f"{visit}/sign", json={"secret": secret}, headers={"If-Match": tag})

    assert sign("000000", tag).json()["code"] == "secret-wrong"
    assert sign(PIN, '"1"').status_code == 412
    signed = sign(PIN, tag)
    assert signed.status_code == 201, signed.text
    record = signed.json()
    assert fingerprint(record["canonical"]) == record["sha256"]
    assert json.loads(record["canonical"]) == record["content"]
    assert record["content"]["patient"]["full_name"] == "Lý Thị 0"
    again = sign(PASSWORD, tag)
    assert again.status_code == 409


def test_an_incomplete_record_is_refused_with_the_list(practice: Practice, doctor: TestClient) -> None:
    visit = f"/api/v1{practice.visit}"
    tag = doctor.get(visit).headers["ETag"]
    answer = doctor.post(f"{visit}/sign", json={"secret": PASSWORD}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (422, "record-incomplete")
    assert answer.json()["facts"]["missing"] == ["findings", "diagnosis", "advice"]


def test_guessing_the_secret_is_slowed_down(practice: Practice, doctor: TestClient) -> None:
    visit = f"/api/v1{practice.visit}"
    answers = [
        doctor.post(f"{visit}/sign", json={"secret": f"sai mat khau {n}"}, headers={"If-Match": '"1"'})
        for n in range(12)
    ]
    assert answers[0].json()["code"] == "secret-wrong"
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-attempts")


def test_amendments_and_records_are_read_word_for_word(practice: Practice, doctor: TestClient) -> None:
    visit = f"/api/v1{practice.visit}"
    tag = write_all(doctor, visit)
    doctor.post(f"{visit}/sign", json={"secret": PASSWORD}, headers={"If-Match": tag})
    body = {"reason": "Bổ sung", "text": "Kali 4,1", "secret": "000000"}
    assert doctor.post(f"{visit}/amendments", json=body).json()["code"] == "secret-wrong"
    amended = doctor.post(f"{visit}/amendments", json={**body, "secret": PIN})
    assert amended.status_code == 201, amended.text
    again = doctor.post(f"{visit}/amendments", json={**body, "secret": PIN, "after": 1})
    assert again.json()["id"] == amended.json()["id"]
    other = doctor.post(f"{visit}/amendments", json={**body, "text": "Kali 5", "secret": PIN, "after": 1})
    assert (other.status_code, other.json()["code"]) == (412, "stale-version")
    first, second = doctor.get(f"{visit}/records").json()
    assert second["previous_sha256"] == first["sha256"]
    assert second["content"]["text"] == "Kali 4,1"


def test_lists_and_codes_can_be_read(practice: Practice, doctor: TestClient) -> None:
    rows = doctor.get(f"/api/v1/patients/{practice.world.patient_id}/visits").json()
    assert [row["id"] for row in rows] == [str(practice.world.visit.id)]
    assert doctor.get(f"/api/v1/patients/{new_id()}/visits").status_code == 404
    found = doctor.get("/api/v1/diagnosis-codes", params={"q": "tang huyet ap"}).json()
    assert found[0]["code"] == "I10"
    assert found[0]["is_reviewed"] is False


def test_a_visit_can_be_withdrawn_once_nobody_expects_it(practice: Practice, nurse: TestClient) -> None:
    refused = nurse.post(f"/api/v1{practice.visit}/withdraw", json={"reason": "Người bệnh về"})
    assert (refused.status_code, refused.json()["code"]) == (409, "visit-has-appointment")
    with practice.database.write() as unit:
        practice.world.call_off(unit.session, now=unit.now)
    answer = nurse.post(f"/api/v1{practice.visit}/withdraw", json={"reason": "Người bệnh về"})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


def test_another_program_reads_and_never_writes(practice: Practice) -> None:
    with practice.database.write() as unit:
        station = practice.world.station(unit.session)
        his = make_integration(unit.session, station, "visit.read", "visit.open", "visit.measure")
        token = make_token(unit.session, his, now=unit.now)
    program = api_client(practice.app, token)
    assert program.get(f"/api/v1{practice.visit}").status_code == 200
    observed = program.post(f"/api/v1{practice.visit}/observations", json={"values": {"pulse": 80}})
    assert observed.status_code == 403


def test_a_conflict_carries_both_texts_and_only_the_answer_does(
    practice: Practice, nurse: TestClient, doctor: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/api/v1/visits/{practice.world.visit.id}/sections/medicines"
    assert put(nurse, path, {"text": "Amlodipin 5 mg"}).status_code == 200
    refused = put(doctor, path, {"text": "Losartan 50 mg"})
    assert refused.status_code == 412
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "stale-version"
    assert problem["facts"]["yours"] == "Losartan 50 mg"
    theirs = problem["facts"]["theirs"]
    assert (theirs["text"], theirs["version"]) == ("Amlodipin 5 mg", 1)
    assert theirs["written_by"] == str(practice.world.nurse.ref)
    assert "Amlodipin" not in capsys.readouterr().out
    assert put(doctor, path, {"text": "Losartan 50 mg"}, tag=None).status_code == 428
    assert put(doctor, path, {"text": "Losartan 50 mg"}, tag='"1"').status_code == 200
