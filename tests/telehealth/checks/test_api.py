"""Check questions over the API, and links to them where links are lost, ended or sent anew."""

from pathlib import Path

import pytest
from httpx2 import Response

from telehealth.checks.models import CheckRound
from telehealth.followup import service as followup
from telehealth.followup.jobs import answer_lost
from telehealth.kit.errors import ConflictError
from telehealth.links.models import PatientLink
from telehealth.links.service import ask_for_link
from telehealth.staff.actors import MembershipActor
from tests.support.app import api_client, build_app
from tests.support.checks import AMBER, Checks
from tests.support.portal import Client
from tests.support.world import make_token

pytestmark = pytest.mark.databases("sqlite")  # edges; the slice runs on both elsewhere


def program(checks: Checks, folder: Path, actor: MembershipActor) -> Client:
    with checks.database.write() as unit:
        token = make_token(unit.session, actor, now=unit.now)
    return api_client(build_app(checks.database, folder, checks.clock), token)


def test_questions_are_set_listed_and_withdrawn(checks: Checks, tmp_path: Path) -> None:
    doctor = program(checks, tmp_path, checks.doctor)
    sheets = {each["code"]: each for each in doctor.get("/api/v1/questionnaires").json()}
    assert sheets["blood_pressure"]["approved_by"] == str(checks.doctor.ref)
    visit = f"/api/v1/visits/{checks.world.visit.id}/checks"
    day = checks.clock.now().date().isoformat()
    made: Response = doctor.post(visit, json={"questionnaire": "blood_pressure", "days": [day]})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    checks.tick()
    [row] = doctor.get("/api/v1/check-rounds").json()
    assert (row["state"], row["level"], row["questionnaire_version"]) == ("asked", None, 1)
    here = f"/api/v1/checks/{made.json()['id']}/withdraw"
    assert doctor.post(here).status_code == 428
    assert doctor.post(here, headers={"If-Match": '"1"'}).json()["withdrawn_at"] is not None
    refused = doctor.post(visit, json={"questionnaire": "nobody", "days": [day]})
    assert (refused.status_code, refused.json()["code"]) == (422, "questionnaire-unapproved")


def test_an_outcome_is_noted_with_its_answers(checks: Checks, tmp_path: Path) -> None:
    checks.ask()
    checks.answer(AMBER)
    nurse, row = program(checks, tmp_path, checks.nurse), checks.round()
    [listed] = nurse.get("/api/v1/check-rounds").json()
    assert (listed["id"], listed["level"]) == (str(row.id), "amber")
    here, tag = f"/api/v1/check-rounds/{row.id}/outcome", {"If-Match": f'"{row.version}"'}
    assert nurse.post(here, json={"outcome": "gone"}, headers=tag).status_code == 422
    said = {"outcome": "coming", "given": AMBER}
    assert nurse.post(here, json=said, headers=tag).json()["state"] == "reached"


def test_a_lost_link_of_questions_is_sent_again(checks: Checks) -> None:
    checks.ask()
    checks.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    assert answer_lost(checks.database) == 1
    checks.tick()
    assert len(checks.sent()) == 2


def test_the_station_sends_a_new_link_while_an_answer_is_waited_for(checks: Checks) -> None:
    checks.ask()
    [link] = checks.rows(PatientLink, purpose="questionnaire")
    checks.do(lambda s, now: followup.reissue_link(s, checks.nurse, link.id, now=now))
    checks.tick()
    assert len(checks.sent()) == 2
    assert [each.state for each in checks.rows(PatientLink, purpose="questionnaire")] == ["revoked", "open"]
    checks.answer(AMBER)
    [_, newest] = checks.rows(PatientLink, purpose="questionnaire")
    with pytest.raises(ConflictError, match="link-subject-over"):
        checks.do(lambda s, now: followup.reissue_link(s, checks.nurse, newest.id, now=now))


def test_who_is_phoned_about_silence_can_be_sent_the_link_anew(checks: Checks) -> None:
    checks.ask()
    for _ in range(2):
        checks.clock.advance(days=1)
        checks.tick()
    [row] = checks.rows(CheckRound)
    assert (row.state, row.level) == ("calling", "")
    texts = len(checks.sent())
    link = checks.rows(PatientLink, purpose="questionnaire")[-1]
    checks.do(lambda s, now: followup.reissue_link(s, checks.nurse, link.id, now=now))
    checks.tick()
    assert len(checks.sent()) == texts + 1
    checks.answer(AMBER)
    assert checks.rows(CheckRound)[0].level == "amber"
