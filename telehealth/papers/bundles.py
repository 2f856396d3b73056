"""A signed visit as a FHIR R4 document, from its canonical records and nothing else.

http://hl7.org/fhir/R4/documents.html. Identifier systems are labels of the draft VN Core guide 0.6.0
(fhir.hl7.org.vn), which is neither HL7's nor the ministry's; LOINC section codes are those of a consult note.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final
from uuid import UUID, uuid5

from telehealth.visits.models import SignedRecord

SID: Final = "http://fhir.hl7.org.vn/core/sid/"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
_SPACE: Final = UUID("6f0c3f0e-5d0b-4f43-9a53-6a0a4b7c3b19")

Resource = dict[str, Any]

SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "reason": ("29299-5", "Reason for visit"),
    "history": ("10164-2", "History of present illness"),
    "medicines": ("10160-0", "History of medication use"),
    "allergies": ("48765-2", "Allergies and adverse reactions"),
    "findings": ("29545-1", "Physical findings"),
    "opinion": ("51848-0", "Assessment"),
    "advice": ("18776-5", "Plan of care"),
}
"""LOINC code and name of each written section."""


def _minutes_lines(content: Mapping[str, Any]) -> list[str]:
    said = content["content"]
    people = [
        f"{each['role']}: {each['title']} {each['name']}, {each['facility']}" for each in said["people"]
    ]
    return [*people, *(f"{name}: {text}" for name, text in said["texts"].items())]


def _remote_list_lines(content: Mapping[str, Any]) -> list[str]:
    if not content["outside"]:
        return [content["list"]]
    return [content["list"], ", ".join(content["outside"]), content["basis"]]


PARTS: Final[dict[str, tuple[str, Callable[[Mapping[str, Any]], list[str]]]]] = {
    "minutes": ("Conference minutes", _minutes_lines),
    "remote_list": ("Remote examination list", _remote_list_lines),
}
"""Of the parts that other slices keep: a title, and its lines as text. A new part adds its row here."""


def document_of(records: Sequence[SignedRecord], *, base_url: str) -> Resource:
    """Return the document Bundle of a signed visit; `records` are its record and amendments, oldest first."""
    first = json.loads(records[0].canonical)
    amendments = [json.loads(each.canonical) for each in records[1:]]
    visit_id = UUID(first["visit_id"])

    def ref(kind: str, key: str) -> str:
        return f"urn:uuid:{uuid5(_SPACE, f'{visit_id}/{kind}/{key}')}"

    people = _people(first, amendments)
    places = _places(first, people)
    subject = {"reference": ref("Patient", "")}
    encounter = {"reference": ref("Encounter", "")}
    observations = _observations(first, subject, encounter)
    conditions = _conditions(first, subject, encounter)
    entries: list[tuple[str, Resource]] = [
        (ref("Patient", ""), _patient(first)),
        (ref("Encounter", ""), _encounter(first, ref, subject, len(conditions))),
        *((ref("Practitioner", key), _practitioner(each)) for key, each in people.items()),
        *((ref("Organization", key), _organization(each)) for key, each in places.items()),
        *((ref("Observation", str(at)), each) for at, each in enumerate(observations)),
        *((ref("Condition", str(at)), each) for at, each in enumerate(conditions)),
    ]
    composition = _composition(first, amendments, ref, subject, encounter)
    composition["section"] = _sections(first, amendments, ref, len(observations), len(conditions))
    return {
        "resourceType": "Bundle",
        "identifier": {"system": f"{base_url}/records", "value": records[-1].sha256},
        "type": "document",
        "timestamp": (amendments or [first])[-1]["signed_at"],
        "entry": [
            {"fullUrl": address, "resource": resource}
            for address, resource in [(ref("Composition", ""), composition), *entries]
        ],
    }


def _composition(
    first: Resource,
    amendments: list[Resource],
    ref: Callable[[str, str], str],
    subject: Resource,
    encounter: Resource,
) -> Resource:
    signer = {"reference": ref("Practitioner", first["signer"]["membership_id"])}
    signed = [first, *amendments]
    return {
        "resourceType": "Composition",
        "status": "amended" if amendments else "final",
        "type": {"coding": [_coding(LOINC, "11488-4", "Consult note")]},
        "subject": subject,
        "encounter": encounter,
        "date": signed[-1]["signed_at"],
        "author": [signer],
        "title": "Consult note",
        "attester": [
            {
                "mode": "legal",
                "time": each["signed_at"],
                "party": {"reference": ref("Practitioner", each["signer"]["membership_id"])},
            }
            for each in signed
        ],
        "custodian": {"reference": ref("Organization", first["signer"]["facility"]["id"])},
    }


def _sections(
    first: Resource,
    amendments: list[Resource],
    ref: Callable[[str, str], str],
    observations: int,
    conditions: int,
) -> list[Resource]:
    found = [
        _section(title, first["sections"][name].split("\n"), code)
        for name, (code, title) in SECTIONS.items()
        if first["sections"].get(name)
    ]
    if observations:
        entries = [{"reference": ref("Observation", str(at))} for at in range(observations)]
        found.append({**_section("Vital signs", [], "8716-3"), "entry": entries})
    if conditions:
        lines = [" ".join(filter(None, (each["code"], each["text"]))) for each in first["conditions"]]
        entries = [{"reference": ref("Condition", str(at))} for at in range(conditions)]
        found.append({**_section("Problem list", lines, "11450-4"), "entry": entries})
    if first["follow_up"]:
        line = f"{first['follow_up']['on']}, {first['follow_up']['facility']['name']}"
        found.append(_section("Follow-up", [line]))
    for name, content in first.get("parts", {}).items():
        if name in PARTS:
            title, lines_of = PARTS[name]
            found.append(_section(title, lines_of(content)))
    found += [_section("Amendment", [each["text"], each["reason"]]) for each in amendments]
    return found


def _section(title: str, lines: list[str], code: str = "") -> Resource:
    section: Resource = {"title": title}
    if code:
        section["code"] = {"coding": [_coding(LOINC, code, title)]}
    if lines:
        said = "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line.strip())
        section["text"] = {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>',
        }
    return section


def _patient(first: Resource) -> Resource:
    patient = first["patient"]
    length = {"year": 4, "month": 7}.get(patient["birth_precision"], 10)
    return {
        "resourceType": "Patient",
        "identifier": [{"system": f"urn:uuid:{first['station']['id']}", "value": patient["mrn"]}],
        "name": [{"text": patient["full_name"]}],
        "gender": patient["sex"],
        **({"birthDate": patient["birth_date"][:length]} if patient["birth_date"] else {}),
    }


def _encounter(
    first: Resource, ref: Callable[[str, str], str], subject: Resource, conditions: int
) -> Resource:
    doctor = first["doctor"] or first["signer"]
    return {
        "resourceType": "Encounter",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{first['visit_id']}"}],
        "status": "finished",
        "class": _coding(f"{TERMS}v3-ActCode", "VR", "virtual"),
        "type": [{"text": first["consult_kind"]}],
        "subject": subject,
        "participant": [{"individual": {"reference": ref("Practitioner", doctor["membership_id"])}}],
        "period": {"start": first["occurred_at"], "end": first["signed_at"]},
        "diagnosis": [
            {"condition": {"reference": ref("Condition", str(at))}, "rank": at + 1}
            for at in range(conditions)
        ],
        "serviceProvider": {"reference": ref("Organization", first["station"]["id"])},
    }


def _people(first: Resource, amendments: list[Resource]) -> dict[str, Resource]:
    named = [first["signer"], first["doctor"], first["opened_by"], *(each["signer"] for each in amendments)]
    return {each["membership_id"]: each for each in named if each}


def _places(first: Resource, people: Mapping[str, Resource]) -> dict[str, Resource]:
    named = [first["station"], *(each["facility"] for each in people.values())]
    return {each["id"]: each for each in named}


def _practitioner(member: Resource) -> Resource:
    licence = member["licence_number"]
    return {
        "resourceType": "Practitioner",
        "name": [{"text": f"{member['title']} {member['name']}".strip()}],
        **({"identifier": [{"system": f"{SID}cchn", "value": licence}]} if licence else {}),
        "qualification": [{"code": {"text": member["qualification"] or member["role"]}}],
    }


def _organization(facility: Resource) -> Resource:
    code = facility["code"]
    return {
        "resourceType": "Organization",
        "name": facility["name"],
        **({"identifier": [{"system": f"{SID}ma-cskcb", "value": code}]} if code else {}),
    }


def _observations(first: Resource, subject: Resource, encounter: Resource) -> list[Resource]:
    """Return one Observation a value, both pressures as one panel (LOINC 85354-9)."""
    measured = {each["code"]: each for each in first["observations"]}
    found = []
    if "systolic" in measured and "diastolic" in measured:
        both = [measured.pop(code) for code in ("systolic", "diastolic")]
        panel = _observation("85354-9", both[0]["occurred_at"], subject, encounter)
        panel["component"] = [
            {"code": {"coding": [_coding(LOINC, each["loinc"])]}, "valueQuantity": _quantity(each)}
            for each in both
        ]
        found.append(panel)
    for each in measured.values():
        row = _observation(each["loinc"], each["occurred_at"], subject, encounter)
        found.append({**row, "valueQuantity": _quantity(each)})
    return found


def _observation(loinc: str, at: str, subject: Resource, encounter: Resource) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [_coding(f"{TERMS}observation-category", "vital-signs")]}],
        "code": {"coding": [_coding(LOINC, loinc)]},
        "subject": subject,
        "encounter": encounter,
        "effectiveDateTime": at,
    }


def _quantity(each: Resource) -> Resource:
    text = each["value"]
    return {
        "value": float(text) if "." in text else int(text),
        "unit": each["unit"],
        "system": UCUM,
        "code": each["unit"],
    }


def _conditions(first: Resource, subject: Resource, encounter: Resource) -> list[Resource]:
    return [
        {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [_coding(f"{TERMS}condition-clinical", "active")]},
            "verificationStatus": {"coding": [_coding(f"{TERMS}condition-ver-status", each["certainty"])]},
            "code": {
                **({"coding": [_icd(each)]} if each["code"] else {}),
                "text": each["text"],
            },
            "subject": subject,
            "encounter": encounter,
            "recordedDate": first["signed_at"],
        }
        for each in first["conditions"]
    ]


def _icd(each: Resource) -> Resource:
    coding = {**_coding(ICD10, each["code"], each["text"])}
    return {**coding, "version": each["code_list"]} if each["code_list"] else coding


def _coding(system: str, code: str, display: str = "") -> Resource:
    return {"system": system, "code": code, **({"display": display} if display else {})}
