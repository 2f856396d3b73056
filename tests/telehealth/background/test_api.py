"""What a patient carries over the API: read, added, ended, heard again; a pregnancy."""

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.ids import new_id
from tests.support.practice import Practice
from tests.support.practice import booked_practice as booked_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.programs import program, refusal, tag

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def nurse(practice: Practice) -> TestClient:
    return program(practice, practice.world.nurse)


def path(practice: Practice, below: str = "/background") -> str:
    return f"/api/v1{practice.visit}{below}"


def add(nurse: TestClient, practice: Practice, kind: str, text: str) -> dict[str, object]:
    answer = nurse.post(path(practice, "/background/facts"), json={"kind": kind, "text": text})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_facts_are_added_ended_and_taken_back(practice: Practice, nurse: TestClient) -> None:
    fact = add(nurse, practice, "allergy", "Penicillin")
    assert add(nurse, practice, "allergy", "PENICILLIN")["id"] == fact["id"]
    one = path(practice, f"/background/facts/{fact['id']}")
    assert refusal(nurse.put(one, json={"status": "ended"})) == (428, "if-match-needed")
    assert refusal(nurse.put(one, json={"status": "ended"}, headers=tag(7))) == (412, "stale-version")
    ended = nurse.put(one, json={"status": "ended"}, headers=tag(1))
    assert (ended.json()["status"], ended.headers["ETag"]) == ("ended", '"2"')
    read = nurse.get(path(practice)).json()
    assert (read["facts"], [each["text"] for each in read["past"]]) == ([], ["Penicillin"])
    assert nurse.put(one, json={"status": "active"}, headers=tag(2)).json()["ended_at"] is None
    unknown = path(practice, f"/background/facts/{new_id()}")
    assert refusal(nurse.put(unknown, json={"status": "ended"}, headers=tag(1))) == (404, "fact-not-found")


def test_what_is_heard_again_ends_and_confirms_in_one_act(practice: Practice, nurse: TestClient) -> None:
    shown = [
        add(nurse, practice, kind, text)["id"]
        for kind, text in (("allergy", "Tôm"), ("medicine", "Amlodipin"))
    ]
    again = path(practice, "/background/heard-again")
    assert refusal(nurse.post(again, json={"shown": shown[:1]})) == (412, "facts-changed")
    heard = nurse.post(again, json={"shown": shown, "over": shown[1:]})
    assert heard.status_code == 200, heard.text
    assert [each["text"] for each in heard.json()["facts"]] == ["Tôm"]
    carried = nurse.get(f"/api/v1/patients/{practice.world.patient_id}/facts").json()
    assert carried == heard.json()["facts"]
    confirmed = {each["kind"]: each["facts"] for each in heard.json()["confirmed"]}
    assert confirmed == {"allergy": shown[:1], "medicine": []}
    confirmations = path(practice, "/background/confirmations")
    unseen = nurse.post(confirmations, json={"kind": "allergy", "shown": []})
    assert refusal(unseen) == (412, "facts-changed")
    none = nurse.post(confirmations, json={"kind": "problem", "shown": []})
    assert {each["kind"] for each in none.json()["confirmed"]} == {"allergy", "medicine", "problem"}
    assert none.headers["ETag"] == f'"{none.json()["version"]}"'


def test_a_pregnancy_is_dated_corrected_and_ended(practice: Practice, nurse: TestClient) -> None:
    pregnancy, body = path(practice, "/pregnancy"), {"dated_by": "lmp", "dated_on": "2026-04-18"}
    dated = nurse.put(pregnancy, json=body, headers=tag(0))
    assert dated.status_code == 200, dated.text
    assert (dated.json()["weeks"], dated.json()["due_on"]) == (31, "2027-01-23")
    assert refusal(nurse.put(pregnancy, json={**body, "para": 1}, headers=tag(0))) == (412, "stale-version")
    born = nurse.put(pregnancy, json={**body, "gravida": 1, "para": 2}, headers=tag(1))
    assert refusal(born) == (422, "pregnancy-births")
    assert nurse.get(path(practice)).json()["pregnancy"]["version"] == 1
    end = nurse.post(f"{pregnancy}/end", json={"ended_on": "2026-11-20"}, headers=tag(1))
    assert (end.json()["ended_on"], end.headers["ETag"]) == ("2026-11-20", '"2"')
    assert nurse.get(path(practice)).json()["pregnancy"] is None
    over = nurse.post(f"{pregnancy}/end", json={"ended_on": "2026-11-20"}, headers=tag(2))
    assert refusal(over) == (409, "pregnancy-none")


def test_strict_input_scope_and_closed_visits(practice: Practice, nurse: TestClient) -> None:
    odd = {"kind": "allergy", "text": "Tôm", "colour": "red"}
    assert nurse.post(path(practice, "/background/facts"), json=odd).status_code == 422
    stranger = program(practice, practice.world.other_doctor)
    assert refusal(stranger.get(path(practice))) == (404, "visit-not-found")
    carried = f"/api/v1/patients/{practice.world.patient_id}/facts"
    unknown = program(practice, practice.world.other_doctor).get(carried)
    assert refusal(unknown) == (404, "patient-not-found")
    told = {"kind": "allergy", "text": "Tôm"}
    assert refusal(stranger.post(path(practice, "/background/facts"), json=told)) == (404, "visit-not-found")
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    assert refusal(nurse.post(path(practice, "/background/facts"), json=told)) == (409, "visit-closed")
    assert nurse.get(path(practice)).status_code == 200
