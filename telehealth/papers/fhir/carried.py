"""What a patient brings along: problems, medicines and allergies asked of at the visit, a pregnancy."""

from collections.abc import Callable
from typing import Final

from telehealth.papers.fhir.basics import (
    LOINC,
    TERMS,
    Rendered,
    Resource,
    Scope,
    coding,
    concept,
    notes,
    others,
    plain_lines,
    quantity,
)
from telehealth.papers.fhir.findings import observation

_FACT: Final = ("text", "since")
_PREGNANCY: Final = (
    *("dated_by", "dated_on", "due_on", "gestation_days", "gestation", "loinc", "gravida", "para"),
)


def background(content: Resource, scope: Scope) -> Rendered:
    """Return each kind that was asked of as a section of its own; an empty one says that there is nothing."""
    known = [_kind(name, content[name], scope) for name in KINDS if name in content]
    return Rendered(title="Background", lines=others(content, KINDS), sections=known)


def _kind(name: str, facts: list[Resource], scope: Scope) -> Rendered:
    title, code, make = KINDS[name]
    if not facts:
        return Rendered(title=title, code=code, lines=["None known"], is_none=True)
    lines = []
    for each in facts:
        lines += [f"{each['text']} ({each['since']})", *others(each, _FACT)]
    found = [(scope.key("background", name, at), make(each, scope)) for at, each in enumerate(facts)]
    return Rendered(title=title, code=code, lines=lines, resources=found)


def _problem(fact: Resource, scope: Scope) -> Resource:
    return {
        "resourceType": "Condition",
        "clinicalStatus": concept("", coding(f"{TERMS}condition-clinical", "active")),
        "category": [concept("", coding(f"{TERMS}condition-category", "problem-list-item"))],
        "code": concept(fact["text"]),
        **scope.about,
        "recordedDate": fact["since"],
    }


def _taken(fact: Resource, scope: Scope) -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": concept(fact["text"]),
        "subject": scope.ref("Patient"),
        "context": scope.ref("Encounter"),
        "dateAsserted": fact["since"],
    }


def _allergy(fact: Resource, scope: Scope) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept("", coding(f"{TERMS}allergyintolerance-clinical", "active")),
        "code": concept(fact["text"]),
        "patient": scope.ref("Patient"),
        "encounter": scope.ref("Encounter"),
        "recordedDate": fact["since"],
    }


KINDS: Final[dict[str, tuple[str, str, Callable[[Resource, Scope], Resource]]]] = {
    "problem": ("Problem list", "11450-4", _problem),
    "medicine": ("History of medication use", "10160-0", _taken),
    "allergy": ("Allergies and adverse reactions", "48765-2", _allergy),
}
"""Title, LOINC code and resource of each kind of what is carried forward."""


def pregnancy(content: Resource, scope: Scope) -> Rendered:
    """Return that there is a pregnancy, its age on the day of the visit, when it is due, births before."""
    dated = f"Dated by {content['dated_by']}, {content['dated_on']}"
    age = _observed(scope, content["loinc"], "Gestational age")
    age |= {
        "valueQuantity": quantity(str(content["gestation_days"]), "d"),
        **notes(content["gestation"], dated),
    }
    status = _observed(scope, "82810-3", "Pregnancy status")
    status["valueCodeableConcept"] = concept("Pregnant", coding(LOINC, "LA15173-0", "Pregnant"))
    due = {**_observed(scope, "11778-8", "Delivery date Estimated"), "valueDateTime": content["due_on"]}
    found = [("status", status), ("age", age), ("due", due)]
    for name, code, title in (("gravida", "11996-6", "Pregnancies"), ("para", "11977-6", "Parity")):
        if content[name] is not None:
            found.append((name, {**_observed(scope, code, title), "valueInteger": content[name]}))
    lines = [f"{content['gestation']}, due {content['due_on']}", dated]
    lines += plain_lines({"gravida": content["gravida"], "para": content["para"]})
    lines += others(content, _PREGNANCY)
    keyed = [(scope.key("pregnancy", name), each) for name, each in found]
    return Rendered(title="History of pregnancies", code="10162-6", lines=lines, resources=keyed)


def _observed(scope: Scope, loinc: str, title: str) -> Resource:
    return observation(scope, concept(title, coding(LOINC, loinc)), scope.occurred_at, "exam")
