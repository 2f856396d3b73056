"""Nothing that is signed is left out of the FHIR document, whatever slice it comes from.

`fhir.resources` has no models of R4 itself any more; those of R4B are the same for every resource the
document is made of: http://hl7.org/fhir/R4B/r4b-explanation.html lists what changed, none of ours is there.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from telehealth.papers.bundles import document_of
from telehealth.papers.fhir.parts import RENDERERS
from telehealth.prescriptions import service as prescriptions
from telehealth.visits.models import SignedRecord
from telehealth.visits.parts import RecordPart
from telehealth.visits.queries import records_of
from tests.support.prescriptions import open_pharmacy
from tests.support.visits import make_visit_world
from tests.support.whole import confer, fill

BASE = "https://kham.example.vn"
TITLES = {
    "background": "Background",
    "pregnancy": "History of pregnancies",
    "examination": "Physical findings",
    "prescription": "Prescriptions",
    "remote_list": "Remote examination list",
    "minutes": "Conference minutes",
    "orders": "Orders",
    "referral": "Reason for referral",
    "answer": "Answer",
}
IN_OTHER_WORDS = {"schema_version", "birth_precision"}
"""Keys of the record whose value FHIR says in its own way: how exact a date is, by its length."""
SAME_IN_R4B = {
    "AllergyIntolerance",
    "Composition",
    "Condition",
    "DocumentReference",
    "Encounter",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "ServiceRequest",
}
DOCUMENTS = {"visit-record", "visit-amendment"}
"""What kind of document it is, FHIR says by its own kinds."""

Records = list[SignedRecord]


@pytest.fixture
def bus() -> Bus:
    """Every part is a part of the record, as in the program."""
    return wiring.build_bus()


@pytest.fixture
def examined(unit: Unit) -> Records:
    """A remote examination with all it can hold, its prescription replaced by an amendment."""
    world = make_visit_world(unit.session, now=unit.now)
    pharmacy = fill(unit.session, world, now=unit.now)
    world.sign(unit.session, now=unit.now)
    lines = [pharmacy.line(unit.session, "Losartan", instructions="Uống buổi trưa")]
    prescriptions.replace_prescription(unit.session, world.doctor, world.visit.id, now=unit.now)
    pharmacy.write(unit.session, lines, now=unit.now)
    pharmacy.amend(unit.session, now=unit.now, reason="Ho khan", text="Đổi sang losartan.")
    return records_of(unit.session, world.visit)


@pytest.fixture
def conferred(unit: Unit) -> Records:
    """A support between facilities with its minutes."""
    world = make_visit_world(unit.session, now=unit.now, kind=ConsultKind.FACILITY_SUPPORT)
    confer(unit.session, world, now=unit.now)
    world.sign(unit.session, now=unit.now, by=world.practitioner)
    return records_of(unit.session, world.visit)


def names_of_parts() -> set[str]:
    return {each.name for port, each in wiring.EXTENSIONS if port is RecordPart}  # type: ignore[attr-defined]


def parts_of(record: SignedRecord) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads(record.canonical)["parts"]
    return parts


def leaves(content: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every line of text and every number of a signed value, with the key it stands under."""
    if isinstance(content, dict):
        for name, each in content.items():
            yield from leaves(each, name)
    elif isinstance(content, list):
        for each in content:
            yield from leaves(each, key)
    elif isinstance(content, bool):
        return
    elif content is not None:
        yield from ((key, row) for row in str(content).split("\n") if row.strip())


def said_in(value: object) -> set[str]:
    """Return every text of resources as it is read, numbers as they are written."""
    return {unescape(text) for _, text in leaves(value)}


def missing(content: object, where: object) -> list[tuple[str, str]]:
    """Return what of a signed value stands nowhere there; short ones count only as a word of their own."""
    texts = said_in(where)
    words = {word for text in texts for word in text.replace("<p>", " ").replace("</p>", " ").split()}
    bare = {word.strip(".,:;()") for word in words} | texts

    def stands(text: str) -> bool:
        return text.strip(".") in bare if len(text) < 4 else any(text in each for each in texts)

    own = [(key, text) for key, text in leaves(content) if key not in IN_OTHER_WORDS | {"kind"}]
    own += [(key, text) for key, text in leaves(content) if key == "kind" and text not in DOCUMENTS]
    return [(key, text) for key, text in own if not stands(text)]


def composition(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bundle["entry"][0]["resource"]
    return found


def section(bundle: dict[str, Any], title: str) -> dict[str, Any]:
    """Return the last section of a title, with the resources it leads to in the place of their addresses."""
    resources = {each["fullUrl"]: each["resource"] for each in bundle["entry"]}
    found: dict[str, Any] = [each for each in composition(bundle)["section"] if each["title"] == title][-1]

    def opened(each: dict[str, Any]) -> dict[str, Any]:
        entries = [resources[entry["reference"]] for entry in each.get("entry", ())]
        entries += [resources[to["reference"]] for one in entries for to in one.get("performer", ())]
        return {**each, "entry": entries, "section": [opened(inner) for inner in each.get("section", ())]}

    return opened(found)


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = (each["resource"] for each in bundle["entry"])
    return [each for each in found if each["resourceType"] == kind]


def test_every_part_of_the_record_has_a_renderer() -> None:
    assert names_of_parts() == set(RENDERERS) == set(TITLES), "a new part: a row of RENDERERS, and of TITLES"


def test_together_the_visits_here_sign_every_part(examined: Records, conferred: Records) -> None:
    assert set(parts_of(examined[0])) | set(parts_of(conferred[0])) == names_of_parts()


def test_documents_with_all_parts_are_valid_fhir(examined: Records, conferred: Records) -> None:
    for records in (examined, conferred):
        bundle = document_of(records, base_url=BASE)
        assert Bundle.model_validate_json(json.dumps(bundle)).type == "document"
        kinds = {each["resource"]["resourceType"] for each in bundle["entry"]}
        assert kinds <= SAME_IN_R4B, "the models of R4B say nothing of how R4 has it"
        addresses = [each["fullUrl"] for each in bundle["entry"]]
        assert len(set(addresses)) == len(addresses)
        assert {text for key, text in leaves(bundle) if key == "reference"} <= set(addresses)
        assert "" not in [text for _, text in leaves(bundle)]
        assert [] not in [value for each in bundle["entry"] for value in each["resource"].values()]


def test_each_part_stands_in_its_section_with_all_that_was_signed(
    examined: Records, conferred: Records
) -> None:
    for records in (examined, conferred):
        bundle = document_of(records, base_url=BASE)
        for name, content in parts_of(records[0]).items():
            assert missing(content, section(bundle, TITLES[name])) == [], name


def test_nothing_of_the_whole_record_is_left_out(examined: Records, conferred: Records) -> None:
    for records in (examined, conferred):
        bundle = document_of(records, base_url=BASE)
        for each in records:
            assert missing(json.loads(each.canonical), bundle) == []


def test_what_a_part_says_one_day_that_no_module_reads_is_text(examined: Records, conferred: Records) -> None:
    for records in (examined, conferred):
        for name in parts_of(records[0]):
            content = json.loads(records[0].canonical)
            _add(content["parts"][name])
            bundle = document_of([_with(records[0], content)], base_url=BASE)
            assert "Mai sau mới có" in json.dumps(section(bundle, TITLES[name]), ensure_ascii=False), name


def test_a_part_and_an_entry_nobody_knows_are_text(examined: Records) -> None:
    content = json.loads(examined[0].canonical)
    content["parts"]["dental"] = {
        "teeth": [{"number": 36, "found": "Sâu ngà"}],
        "is_child": False,
        "none": None,
    }
    content["sections"]["mood"] = "Lo lắng"
    content["place"] = {"village": "Nà Ngăm"}
    bundle = document_of([_with(examined[0], content)], base_url=BASE)
    said = json.dumps(composition(bundle)["section"], ensure_ascii=False)
    for words in (
        "teeth 1, number: 36",
        "teeth 1, found: Sâu ngà",
        "is_child: no",
        "Lo lắng",
        "village: Nà Ngăm",
    ):
        assert words in said, words
    Bundle.model_validate_json(json.dumps(bundle))


def test_a_replaced_prescription_is_cancelled_and_the_new_one_active(examined: Records) -> None:
    bundle = document_of(examined, base_url=BASE)
    found = {
        each["medicationCodeableConcept"]["text"].split()[0]: each["status"]
        for each in of_kind(bundle, "MedicationRequest")
    }
    assert found == {"Amlodipin": "cancelled", "Metformin": "cancelled", "Losartan": "active"}
    assert "Replaced by amendment 1." in json.dumps(section(bundle, "Prescriptions"))
    (brought,) = section(bundle, "Amendment")["section"]
    assert missing(parts_of(examined[1])["prescription"], brought) == []
    before = {
        each["status"] for each in of_kind(document_of(examined[:1], base_url=BASE), "MedicationRequest")
    }
    assert before == {"active"}


def test_a_medicine_is_a_request_with_dose_times_and_amount(examined: Records) -> None:
    bundle = document_of(examined, base_url=BASE)
    by_name = {
        each["medicationCodeableConcept"]["text"].split()[0]: each
        for each in of_kind(bundle, "MedicationRequest")
    }
    metformin = by_name["Metformin"]
    morning, night = metformin["dosageInstruction"]
    assert [each["timing"]["repeat"]["when"] for each in (morning, night)] == [["MORN"], ["NIGHT"]]
    assert morning["doseAndRate"][0]["doseQuantity"]["value"] == 0.5
    assert metformin["dispenseRequest"]["quantity"]["value"] == 70
    assert metformin["dispenseRequest"]["expectedSupplyDuration"]["value"] == 45
    assert by_name["Amlodipin"]["dosageInstruction"][0]["timing"]["repeat"]["frequency"] == 1


@pytest.mark.parametrize("moments", [None, {"morning": Decimal(1)}])
def test_a_medicine_of_some_days_only_is_never_timed_daily(
    unit: Unit, moments: dict[str, Decimal] | None
) -> None:
    world = make_visit_world(unit.session, now=unit.now)
    pharmacy = open_pharmacy(unit.session, world, now=unit.now)
    said = "Mỗi tuần một lần, sáng thứ hai"
    line = pharmacy.line(unit.session, "Metformin", instructions=said)
    line = replace(
        line, moments=moments or {}, times=None if moments else 1, dose=None if moments else line.dose
    )
    pharmacy.issue(unit.session, [line], now=unit.now)
    bundle = document_of(records_of(unit.session, world.visit), base_url=BASE)
    (request,) = of_kind(bundle, "MedicationRequest")
    (dosage,) = request["dosageInstruction"]
    assert dosage["timing"]["code"] == {"text": said}
    assert set(dosage["timing"].get("repeat", {})) <= {"boundsDuration"}
    Bundle.model_validate_json(json.dumps(bundle))


def test_carried_facts_orders_and_referral_are_resources_of_their_kind(examined: Records) -> None:
    bundle = document_of(examined, base_url=BASE)
    kinds = [each["resource"]["resourceType"] for each in bundle["entry"]]
    assert kinds.count("MedicationStatement") == 1
    assert kinds.count("AllergyIntolerance") == 0, "asked, and none is known"
    assert kinds.count("Condition") == 2, "the diagnosis, and the problem that was carried"
    allergies = section(bundle, "Background")["section"][-1]
    assert allergies["emptyReason"]["coding"][0]["code"] == "nilknown"
    codes = {each["code"]["text"]: each for each in of_kind(bundle, "ServiceRequest")}
    assert {text: each["priority"] for text, each in codes.items()} == {
        "Kali máu": "urgent",
        "Đường huyết": "routine",
        "Đếm mạch lại": "stat",
        "Referral": "urgent",
    }
    assert (codes["Đếm mạch lại"]["status"], codes["Kali máu"]["status"]) == ("completed", "active")
    assert "118 /min" in codes["Đếm mạch lại"]["note"][-1]["text"]
    assert codes["Referral"]["performer"][0]["reference"] in [
        each["fullUrl"] for each in bundle["entry"] if each["resource"].get("name") == "BVĐK tỉnh Bắc Kạn"
    ]


def test_an_allergy_is_one(unit: Unit) -> None:
    content = {"allergy": [{"text": "Penicillin", "since": "2026-11-23"}]}
    world = make_visit_world(unit.session, now=unit.now)
    world.write(unit.session, now=unit.now)
    record = world.sign(unit.session, now=unit.now)
    changed = json.loads(record.canonical)
    changed["parts"] = {"background": content}
    bundle = document_of([_with(record, changed)], base_url=BASE)
    (allergy,) = of_kind(bundle, "AllergyIntolerance")
    assert allergy["code"]["text"] == "Penicillin"
    Bundle.model_validate_json(json.dumps(bundle))


def test_pregnancy_and_examination_are_observations(examined: Records) -> None:
    observed = of_kind(document_of(examined, base_url=BASE), "Observation")
    codes = {each["code"]["coding"][0]["code"]: each for each in observed}
    assert codes["18185-9"]["valueQuantity"]["value"] == 161
    assert codes["11778-8"]["valueDateTime"] == "2027-03-22"
    assert (codes["11996-6"]["valueInteger"], codes["11977-6"]["valueInteger"]) == (3, 2)
    assert codes["lungs"]["valueString"] == "Ran ẩm đáy phổi phải"
    assert codes["lungs"]["interpretation"][0]["coding"][0]["code"] == "A"
    assert codes["heart"]["interpretation"][0]["coding"][0]["code"] == "N"
    assert "dataAbsentReason" in codes["skin"]


def test_attachments_are_named_by_hash_without_their_bytes(examined: Records) -> None:
    bundle = document_of(examined, base_url=BASE)
    signed = json.loads(examined[0].canonical)["attachments"]
    documents = of_kind(bundle, "DocumentReference")
    assert [[page["value"] for page in each["identifier"]] for each in documents] == [
        each["sha256"] for each in signed
    ]
    assert {key for each in documents for page in each["content"] for key in page["attachment"]} == {
        "title",
        "creation",
        "url",
    }
    (request,) = (each for each in of_kind(bundle, "ServiceRequest") if "supportingInfo" in each)
    assert [each["identifier"]["value"] for each in request["supportingInfo"]] == [
        f"urn:uuid:{each['id']}" for each in signed
    ]


def _add(content: Any) -> None:
    row = content[0] if isinstance(content, list) else content
    row["later"] = {"words": "Mai sau mới có"}


def _with(record: SignedRecord, content: dict[str, Any]) -> SignedRecord:
    return SignedRecord(**{**record.model_dump(), "canonical": json.dumps(content)})
