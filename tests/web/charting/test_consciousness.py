"""How awake somebody is, as a coded score: from the form to paper and to FHIR."""

import re
from html import unescape
from typing import Any

import pytest

from telehealth.visits.ranges import RANGES
from tests.support.app import api_client
from tests.support.practice import Practice
from tests.support.world import make_token
from tests.web.charting.conftest import Post

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both


def read(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def test_a_score_of_consciousness_goes_from_the_form_to_paper_and_exchange(
    practice: Practice, post: Post
) -> None:
    path = f"{practice.visit}/measurements"
    assert "Thang điểm Glasgow" in practice.nurse.get(path).text
    assert post(practice.nurse, path, path, {"gcs": "13"}).headers["location"] == f"{path}?done=measured"
    case = read(practice.doctor.get(practice.case).text)
    assert re.search(r"Thang điểm Glasgow 13 /15 Thấp", case), "below 15 a person is not fully awake"
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
        token = make_token(unit.session, practice.world.nurse, now=unit.now)
    for paper in (practice.visit, f"{practice.visit}/print"):
        assert re.search(r"Thang điểm Glasgow:? 13 ?/15", read(practice.nurse.get(paper).text)), paper
    bundle = api_client(practice.app, token).get(f"/api/v1{practice.visit}/fhir").json()
    [score] = [each for each in map(resource, bundle["entry"]) if coded(each) == "9269-2"]
    assert score["resourceType"] == "Observation"
    assert score["code"]["coding"][0]["system"] == "http://loinc.org"
    assert score["valueQuantity"]["value"] == 13
    assert score["valueQuantity"]["code"] == "{score}"
    assert score["valueQuantity"]["system"] == "http://unitsofmeasure.org"


def test_every_row_of_the_score_names_where_its_figures_come_from() -> None:
    rows = [row for row in RANGES.rows if row.code == "gcs"]
    assert rows
    assert all("Teasdale" in row.source for row in rows)


def resource(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry["resource"]
    return found


def coded(each: dict[str, Any]) -> str:
    code = each.get("code")
    return str(code["coding"][0]["code"]) if isinstance(code, dict) and code.get("coding") else ""
