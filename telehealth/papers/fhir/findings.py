"""What the visit itself records: written sections, measured values, diagnoses, photos and papers."""

from typing import Final

from telehealth.papers.fhir.actors import organization
from telehealth.papers.fhir.basics import (
    ICD10,
    LOINC,
    SHA256,
    TERMS,
    URI,
    Rendered,
    Resource,
    Scope,
    coding,
    concept,
    others,
    quantity,
)

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

PRESSURES: Final = ("systolic", "diastolic")
_ATTACHED: Final = ("id", "kind", "caption", "sha256", "is_whole", "occurred_at")


def written(sections: Resource) -> list[Rendered]:
    """Return the written sections in their order; one of another name comes last, under it."""
    found = [
        Rendered(title=title, code=code, lines=[sections[name]])
        for name, (code, title) in SECTIONS.items()
        if sections.get(name)
    ]
    more = (name for name in sections if name not in SECTIONS and sections[name])
    return found + [Rendered(title=name, lines=[sections[name]]) for name in more]


def measured(first: Resource, scope: Scope) -> Rendered | None:
    """Return one Observation a value, both pressures as one panel (LOINC 85354-9)."""
    values = {each["code"]: each for each in first["observations"]}
    found = []
    if all(code in values for code in PRESSURES):
        both = [values.pop(code) for code in PRESSURES]
        panel = observation(scope, concept("", coding(LOINC, "85354-9")), both[0]["occurred_at"])
        panel["component"] = [
            {
                "code": concept(each["code"], coding(LOINC, each["loinc"])),
                "valueQuantity": quantity(each["value"], each["unit"]),
            }
            for each in both
        ]
        found.append(("pressure", panel))
    for code, each in values.items():
        row = observation(scope, concept(code, coding(LOINC, each["loinc"])), each["occurred_at"])
        row["valueQuantity"] = quantity(each["value"], each["unit"])
        if sources := each.get("computed_from"):
            row["derivedFrom"] = [scope.ref("Observation", source) for source in sources]
        found.append((code, row))
    return Rendered(title="Vital signs", code="8716-3", resources=found) if found else None


def observation(scope: Scope, code: Resource, at: str, category: str = "vital-signs") -> Resource:
    """Return an Observation that has no value yet."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [coding(f"{TERMS}observation-category", category)]}],
        "code": code,
        **scope.about,
        "effectiveDateTime": at,
    }


def diagnosed(first: Resource, scope: Scope) -> Rendered | None:
    """Return one Condition a diagnosis."""
    rows = first["conditions"]
    if not rows:
        return None
    lines = [" ".join(filter(None, (each["code"], each["text"]))) for each in rows]
    found = [(str(at), _condition(each, scope)) for at, each in enumerate(rows)]
    return Rendered(title="Problem list", code="11450-4", lines=lines, resources=found)


def _condition(each: Resource, scope: Scope) -> Resource:
    certainty = coding(f"{TERMS}condition-ver-status", each["certainty"])
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [coding(f"{TERMS}condition-clinical", "active")]},
        "verificationStatus": {"coding": [certainty]},
        "code": concept(each["text"], *([_icd(each)] if each["code"] else [])),
        **scope.about,
        "recordedDate": scope.signed_at,
    }


def _icd(each: Resource) -> Resource:
    found = coding(ICD10, each["code"], each["text"])
    return {**found, "version": each["code_list"]} if each["code_list"] else found


def attached(first: Resource, scope: Scope) -> Rendered | None:
    """Return one DocumentReference a photo or paper: what it is and the hashes of its pages, no pixels.

    Records of the first shape have none.
    """
    rows = first.get("attachments", [])
    if not rows:
        return None
    lines = []
    for each in rows:
        lines.append(f"{each['kind']}: {each['caption']}" if each["caption"] else each["kind"])
        lines += others(each, _ATTACHED, each["kind"])
    found = [(each["id"], _document(each, scope)) for each in rows]
    return Rendered(title="Additional documentation", code="77599-9", lines=lines, resources=found)


def _document(each: Resource, scope: Scope) -> Resource:
    title = each["caption"] or each["kind"]
    page = {
        "title": title,
        "creation": each["occurred_at"],
        "url": f"{scope.base_url}/attachments/{each['id']}",
    }
    return {
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": URI, "value": f"urn:uuid:{each['id']}"},
        "identifier": [{"system": SHA256, "value": value} for value in each["sha256"]],
        "status": "current",
        "docStatus": "final" if each["is_whole"] else "preliminary",
        "type": concept(each["kind"]),
        "subject": scope.ref("Patient"),
        "date": scope.signed_at,
        "description": title,
        "content": [{"attachment": page}],
        "context": {"encounter": [scope.ref("Encounter")]},
    }


def follow_up(first: Resource, scope: Scope) -> Rendered | None:
    """Return when and where the patient comes back."""
    plan = first["follow_up"]
    if not plan:
        return None
    place, slack = plan["facility"], plan.get("slack_days")
    line = f"{plan['on']}{f' ± {slack} days' if slack else ''}, {place['name']}"
    more = others(plan, ("on", "slack_days", "facility"))
    where = [(place["id"], organization(place, scope.base_url))]
    return Rendered(title="Follow-up", lines=[line, *more], resources=where)
