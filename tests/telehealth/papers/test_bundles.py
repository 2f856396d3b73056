"""A signed visit as a FHIR document: valid, complete, and from what was signed alone."""

import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from telehealth.kit.db import Unit
from telehealth.papers.bundles import document_of
from telehealth.visits.queries import records_of
from telehealth.visits.service import amend
from tests.support.visits import WRITTEN, VisitWorld, make_visit_world

BASE = "https://kham.example.vn"


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A signed and amended visit."""
    world = make_visit_world(unit.session, now=unit.now)
    world.write(unit.session, now=unit.now)
    world.sign(unit.session, now=unit.now)
    amend(unit.session, world.doctor, world.visit.id, reason="<b>", text="Kali & natri", now=unit.now)
    return world


@pytest.fixture
def bundle(unit: Unit, world: VisitWorld) -> dict[str, Any]:
    """Its document."""
    return document_of(records_of(unit.session, world.visit), base_url=BASE)


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = (each["resource"] for each in bundle["entry"])
    return [each for each in found if each["resourceType"] == kind]


def test_the_document_is_valid_fhir(bundle: dict[str, Any]) -> None:
    read = Bundle.model_validate_json(json.dumps(bundle))
    assert read.type == "document"
    assert read.entry[0].resource.get_resource_type() == "Composition"


def test_every_reference_leads_to_an_entry(bundle: dict[str, Any]) -> None:
    addresses = [each["fullUrl"] for each in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    assert set(_references(bundle)) <= set(addresses)


def test_all_parts_are_there(bundle: dict[str, Any], world: VisitWorld) -> None:
    kinds = [each["resource"]["resourceType"] for each in bundle["entry"]]
    assert {"Patient", "Encounter", "Practitioner", "Organization", "Observation", "Condition"} <= set(kinds)
    (composition,) = of_kind(bundle, "Composition")
    said = json.dumps(composition["section"], ensure_ascii=False)
    assert all(text in said for text in WRITTEN.values())
    assert "Kali &amp; natri" in said
    assert "&lt;b&gt;" in said
    assert composition["status"] == "amended"
    assert len(composition["attester"]) == 2
    assert str(world.visit.id) in json.dumps(of_kind(bundle, "Encounter"))


def test_values_have_codes_and_units(bundle: dict[str, Any]) -> None:
    observations = {each["code"]["coding"][0]["code"]: each for each in of_kind(bundle, "Observation")}
    upper, lower = observations["85354-9"]["component"]
    assert (upper["valueQuantity"]["value"], lower["valueQuantity"]["value"]) == (158, 94)
    pulse = observations["8867-4"]["valueQuantity"]
    assert (pulse["value"], pulse["code"], pulse["system"]) == (88, "/min", "http://unitsofmeasure.org")


def test_a_birth_known_by_its_year_stays_one(unit: Unit, world: VisitWorld) -> None:
    records = records_of(unit.session, world.visit)
    content = json.loads(records[0].canonical)
    content["patient"].update(birth_date="1949-01-01", birth_precision="year")
    changed = type(records[0])(**{**records[0].model_dump(), "canonical": json.dumps(content)})
    (patient,) = of_kind(document_of([changed], base_url=BASE), "Patient")
    assert patient["birthDate"] == "1949"


def test_the_same_record_gives_the_same_document(unit: Unit, world: VisitWorld, bundle: object) -> None:
    assert document_of(records_of(unit.session, world.visit), base_url=BASE) == bundle


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [each for part in value.values() for each in _references(part)]
    if isinstance(value, list):
        return [each for part in value for each in _references(part)]
    return []
