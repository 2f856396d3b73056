"""Patients and their consents over HTTP: strict input, versions, the same request twice."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.consents.models import Consent
from telehealth.consents.service import load_texts
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.patients.models import Patient
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_member, make_token

CCCD = "001185012345"
BY_PATIENT = {"purposes": ["treatment", "data"], "given_by": "patient", "how": "spoken"}
BY_MOTHER = {
    **BY_PATIENT,
    "given_by": "guardian",
    "guardian_name": "Hoàng Thị Mây",
    "guardian_relation": "mother",
    "is_child_heard": True,
}
WHY = "Đến khám tại trạm sáng nay"


@pytest.fixture
def clients(database: Database, tmp_path: Path, clock: FixedClock) -> dict[str, TestClient]:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        load_texts(unit.session, now=unit.now)
        actors = {
            "nurse": make_member(unit.session),
            "stranger": make_member(unit.session),
            "doctor": make_doctor(unit.session),
            "admin": make_member(unit.session, role=Role.ADMIN),
        }
        tokens = {name: make_token(unit.session, actor, now=unit.now) for name, actor in actors.items()}
    return {name: api_client(app, token) for name, token in tokens.items()}


def body(**values: Any) -> dict[str, Any]:
    plain = {
        "full_name": "Lý Thị Lụa",
        "birth": "12/05/1985",
        "sex": "female",
        "cccd": CCCD,
        "contacts": [{"phone": "0868 123 456"}],
    }
    return {**plain, **values}


def registration(**values: Any) -> dict[str, Any]:
    """What is sent to register somebody: the details, a fresh id, and the consents."""
    return body(**{"id": str(new_id()), "consents": BY_PATIENT, **values})


def registered(client: TestClient, **values: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/patients", json=registration(**values))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_patient_is_registered_found_and_read(clients: dict[str, TestClient]) -> None:
    patient = registered(clients["nurse"])
    assert (patient["mrn"], patient["age"], patient["version"]) == ("000001", "41 tuổi", 1)
    found = clients["nurse"].post("/api/v1/patients/search", json={"text": "lua 1985"}).json()
    assert [card["id"] for card in found] == [patient["id"]]
    answer = clients["nurse"].get(f"/api/v1/patients/{patient['id']}")
    assert answer.json() == patient
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["contacts"][0]["phone"] == "+84868123456"


def test_the_same_request_twice_gives_the_same_answer(clients: dict[str, TestClient]) -> None:
    request = registration()
    first, second = (clients["nurse"].post("/api/v1/patients", json=request) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    other = clients["nurse"].post("/api/v1/patients", json={**request, "full_name": "Lý Thị Lan"})
    assert (other.status_code, other.json()["code"]) == (409, "id-taken")


def test_a_change_needs_the_version_it_was_read_at(clients: dict[str, TestClient]) -> None:
    nurse, path = clients["nurse"], f"/api/v1/patients/{registered(clients['nurse'])['id']}"
    assert nurse.put(path, json=body()).status_code == 428
    assert nurse.put(path, json=body(), headers={"If-Match": '"7"'}).status_code == 412
    assert nurse.put(path, json=body(), headers={"If-Match": "*"}).status_code == 412
    changed = nurse.put(path, json=body(address="Thôn Nà Pái"), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["address"]) == (200, "Thôn Nà Pái")
    assert changed.headers["etag"] == '"2"'


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"birth": "31/02/1985"}, "/birth"),
        ({"sex": "unknown"}, "/sex"),
        ({"needs_interpreter": "yes"}, "/needs_interpreter"),
        ({"version": 3}, "/version"),
        ({"contacts": [{"phone": "12"}]}, "/contacts/0/phone"),
        ({"birth": "12/05/2019", "consents": BY_MOTHER}, "/guardian/name"),
        ({"consents": {**BY_PATIENT, "purposes": []}}, "/consents/purposes"),
        ({"consents": {**BY_PATIENT, "purposes": ["treatment"]}}, "/purposes"),
        ({"consents": {**BY_PATIENT, "purposes": ["data"], "given_by": "guardian"}}, "/guardian_name"),
        ({"consents": None}, "/consents"),
        ({"id": "1b671a64-40d5-491e-99b0-da01ff1f3341"}, "/id"),
    ],
)
def test_bad_input_is_pointed_at(clients: dict[str, TestClient], wrong: dict, pointer: str) -> None:
    answer = clients["nurse"].post("/api/v1/patients", json=registration(**wrong))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_nobody_is_registered_without_consent_and_what_was_agreed_to_is_recorded_once(
    clients: dict[str, TestClient],
) -> None:
    nurse = clients["nurse"]
    request = registration()
    without = nurse.post(
        "/api/v1/patients", json={**request, "consents": {**BY_PATIENT, "purposes": ["sms"]}}
    )
    assert (without.status_code, without.json()["code"]) == (422, "consent-data-needed")
    bare = nurse.post(
        "/api/v1/patients", json={name: request[name] for name in request if name != "consents"}
    )
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/consents")
    assert nurse.post("/api/v1/patients/search", json={"text": "lua 1985"}).json() == []
    for _ in range(2):
        assert nurse.post("/api/v1/patients", json=request).status_code == 201
    consents = nurse.get(f"/api/v1/patients/{request['id']}/consents").json()
    assert sorted(each["purpose"] for each in consents) == ["data", "treatment"]


def test_out_of_scope_looks_absent(clients: dict[str, TestClient]) -> None:
    patient = registered(clients["nurse"])
    for name in ("stranger", "doctor"):
        hidden = clients[name].get(f"/api/v1/patients/{patient['id']}")
        absent = clients[name].get(f"/api/v1/patients/{new_id()}")
        assert (hidden.status_code, hidden.json()) == (404, absent.json())
        assert clients[name].post("/api/v1/patients/search", json={"text": CCCD}).json() == []
    assert clients["stranger"].get(f"/api/v1/patients/{patient['id']}/consents").status_code == 404


def test_who_may_not_is_refused(clients: dict[str, TestClient]) -> None:
    request = registration()
    assert clients["doctor"].post("/api/v1/patients", json=request).status_code == 403
    assert clients["admin"].post("/api/v1/patients/search", json={}).status_code == 403


def test_the_next_station_meets_the_patient_by_the_number(
    clients: dict[str, TestClient], database: Database
) -> None:
    patient, stranger = registered(clients["nurse"]), clients["stranger"]
    refused = stranger.post("/api/v1/patients", json=registration())
    assert (refused.status_code, refused.json()["code"]) == (409, "patient-known-elsewhere")
    assert "Lụa" not in refused.text
    with database.read() as unit:
        learnt = select(AuditEntry).where(AuditEntry.subject_kind == "exact_match")
        assert str(unit.session.exec(learnt).one().patient_id) == patient["id"]
    asked = {"cccd": CCCD, "reason": WHY, "birth": "1985", "consents": BY_PATIENT}
    wrong = (
        {"cccd": None},
        {"reason": "khám"},
        {"consents": {**BY_PATIENT, "purposes": ["sms"]}},
        {"birth": "2019"},
    )
    for values in wrong:
        assert stranger.post("/api/v1/patients/meet", json=asked | values).status_code == 422, values
        assert stranger.get(f"/api/v1/patients/{patient['id']}").status_code == 404
    met = stranger.post("/api/v1/patients/meet", json=asked)
    assert (met.status_code, met.json()["id"]) == (200, patient["id"])
    assert stranger.get(f"/api/v1/patients/{patient['id']}").status_code == 200
    with database.read() as unit:
        recorders = unit.session.exec(select(Consent.recorded_by)).all()
    assert len(recorders) == 4, "two purposes here, two at the next station"
    assert len(set(recorders)) == 2
    assert stranger.post("/api/v1/patients/meet", json=asked).status_code == 200
    with database.read() as unit:
        assert len(unit.session.exec(select(Consent.id)).all()) == 4, "the same talk is recorded once"


def test_whoever_meets_a_child_asks_its_guardian(clients: dict[str, TestClient], database: Database) -> None:
    mother = {"name": "Hoàng Thị Mây", "relation": "mother"}
    child = registered(clients["nurse"], birth="12/05/2016", guardian=mother, consents=BY_MOTHER)
    asked = {"cccd": CCCD, "reason": WHY, "birth": "1985", "consents": BY_PATIENT}
    refused = clients["stranger"].post("/api/v1/patients/meet", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "consent-guardian-needed")
    assert clients["stranger"].get(f"/api/v1/patients/{child['id']}").status_code == 404
    met = clients["stranger"].post(
        "/api/v1/patients/meet", json=asked | {"birth": "2016", "consents": BY_MOTHER}
    )
    assert met.status_code == 200
    with database.read() as unit:
        heard = unit.session.exec(select(Consent.is_child_heard)).all()
        assert heard == [True] * 4


def test_a_probable_duplicate_is_named_and_can_be_confirmed(clients: dict[str, TestClient]) -> None:
    patient = registered(clients["nurse"])
    request = registration(cccd=None, no_id_reason="not_at_hand")
    warned = clients["nurse"].post("/api/v1/patients", json=request)
    facts = warned.json()["facts"]
    assert (warned.status_code, facts["patient_ids"]) == (409, [patient["id"]])
    assert facts["reasons"] == [["same_name", "same_birth", "same_phone"]]
    confirmed = clients["nurse"].post("/api/v1/patients", json={**request, "is_someone_else": True})
    assert confirmed.status_code == 201


def test_a_consent_is_recorded_listed_and_withdrawn(clients: dict[str, TestClient]) -> None:
    nurse = clients["nurse"]
    path = f"/api/v1/patients/{registered(nurse)['id']}/consents"
    texts = nurse.get("/api/v1/consent-texts").json()
    assert [text["purpose"] for text in texts] == ["treatment", "data", "sms", "recording"]
    given = nurse.post(path, json={"purpose": "treatment", "given_by": "patient", "how": "spoken"})
    assert (given.status_code, given.json()["text_id"]) == (201, texts[0]["id"])
    withdrawn = nurse.post(f"{path}/{given.json()['id']}/withdrawal")
    assert withdrawn.json()["withdrawn_at"] is not None
    assert withdrawn.json() in nurse.get(path).json()
    assert clients["doctor"].post(path, json={}).status_code == 403


def test_a_death_noted_by_mistake_is_taken_back_once_or_twice(
    clients: dict[str, TestClient], database: Database
) -> None:
    patient = registered(clients["nurse"])
    with database.write() as unit:
        row = unit.session.get_one(Patient, UUID(patient["id"]))
        row.died_noted_at = unit.now
        unit.session.add(row)
    here = f"/api/v1/patients/{patient['id']}"
    assert clients["nurse"].get(here).json()["died_noted_at"] is not None
    assert clients["stranger"].post(f"{here}/death/take-back").status_code == 404
    for _ in range(2):
        answer = clients["nurse"].post(f"{here}/death/take-back")
        assert (answer.status_code, answer.json()["died_noted_at"]) == (200, None)
