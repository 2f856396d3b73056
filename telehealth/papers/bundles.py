"""A signed visit as a FHIR R4 document, from its canonical records and nothing else.

http://hl7.org/fhir/R4/documents.html. Identifier systems are labels of the draft VN Core guide 0.6.0
(fhir.hl7.org.vn), which is neither HL7's nor the ministry's; LOINC section codes are those of a consult note.
Everything that was signed is in it: what has no resource of its own, and what no module reads, is text.
Only resources are used that R4B left as they are in R4, so that either reader takes it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from telehealth.papers.fhir.actors import (
    encounter,
    organization,
    patient,
    people_of,
    places_of,
    practitioner,
    practitioner_role,
)
from telehealth.papers.fhir.basics import LOINC, Rendered, Resource, Scope, coding, others
from telehealth.papers.fhir.findings import attached, diagnosed, follow_up, measured, written
from telehealth.papers.fhir.parts import render_parts
from telehealth.visits.models import SignedRecord

_RECORD: Final = (
    *("kind", "schema_version", "visit_id", "consult_kind", "modality", "modalities"),
    *("occurred_at", "signed_at", "patient", "station", "opened_by", "doctor", "signer"),
    *("sections", "observations", "conditions", "follow_up", "attachments", "parts", "digital_signature"),
)
_AMENDMENT: Final = (
    *("kind", "schema_version", "visit_id", "amends", "number", "reason", "text", "signed_at", "signer"),
    *("parts", "digital_signature"),
)
"""What is read of a record and of an amendment; all else becomes text."""


def document_of(records: Sequence[SignedRecord], *, base_url: str) -> Resource:
    """Return the document Bundle of a signed visit; `records` are its record and amendments, oldest first."""
    first = json.loads(records[0].canonical)
    amendments = [json.loads(each.canonical) for each in records[1:]]
    scope = Scope(
        visit_id=UUID(first["visit_id"]),
        base_url=base_url,
        signer=first["signer"]["membership_id"],
        occurred_at=first["occurred_at"],
        signed_at=first["signed_at"],
    )
    sections = [*_sections(first, scope, _brought(amendments)), *_amended(amendments, scope)]
    entries = dict(_entries(first, amendments, scope))
    for each in sections:
        for address, resource in each.entries(scope):
            entries.setdefault(address, resource)
    composition = _composition(first, amendments, scope)
    composition["section"] = [each.section(scope) for each in sections]
    return {
        "resourceType": "Bundle",
        "identifier": {"system": f"{base_url}/records", "value": records[-1].sha256},
        "type": "document",
        "timestamp": (amendments or [first])[-1]["signed_at"],
        "entry": [
            {"fullUrl": address, "resource": resource}
            for address, resource in ((scope.address("Composition", ""), composition), *entries.items())
        ],
    }


def _entries(first: Resource, amendments: Sequence[Resource], scope: Scope) -> list[tuple[str, Resource]]:
    """Return the people and places of the document with their addresses."""
    people = people_of(first, amendments)
    places = places_of(first, people)
    return [
        (scope.address("Patient", ""), patient(first)),
        (scope.address("Encounter", ""), encounter(first, scope, len(first["conditions"]))),
        *((scope.address("Practitioner", key), practitioner(each)) for key, each in people.items()),
        *(
            (scope.address("PractitionerRole", key), practitioner_role(each, scope))
            for key, each in people.items()
        ),
        *(
            (scope.address("Organization", key), organization(each, scope.base_url))
            for key, each in places.items()
        ),
    ]


def _composition(first: Resource, amendments: Sequence[Resource], scope: Scope) -> Resource:
    signed = [first, *amendments]
    return {
        "resourceType": "Composition",
        "status": "amended" if amendments else "final",
        "type": {"coding": [coding(LOINC, "11488-4", "Consult note")]},
        **scope.about,
        "date": signed[-1]["signed_at"],
        "author": [scope.by],
        "title": "Consult note",
        "attester": [
            {
                "mode": "legal",
                "time": each["signed_at"],
                "party": scope.ref("Practitioner", each["signer"]["membership_id"]),
            }
            for each in signed
        ],
        "custodian": scope.ref("Organization", first["signer"]["facility"]["id"]),
        **({"relatesTo": [_appends(each, scope) for each in amendments]} if amendments else {}),
    }


def _appends(amendment: Resource, scope: Scope) -> Resource:
    """Return which signed document an amendment adds to, by its hash."""
    target = {"system": f"{scope.base_url}/records", "value": amendment["amends"]}
    return {"code": "appends", "targetIdentifier": target}


def _sections(first: Resource, scope: Scope, replaced: Mapping[str, int]) -> list[Rendered]:
    known = [
        measured(first, scope),
        diagnosed(first, scope),
        follow_up(first, scope),
        attached(first, scope),
    ]
    more = others(first, _RECORD)
    return [
        *written(first["sections"]),
        *(each for each in known if each),
        *render_parts(first.get("parts", {}), scope, replaced),
        *([Rendered(title="Further entries", lines=more)] if more else []),
    ]


def _amended(amendments: Sequence[Resource], scope: Scope) -> list[Rendered]:
    """Return each amendment as a section, with the parts it brought anew within."""
    found = []
    for at, each in enumerate(amendments):
        here = replace(
            scope,
            signer=each["signer"]["membership_id"],
            signed_at=each["signed_at"],
            number=each["number"],
        )
        parts = render_parts(each.get("parts", {}), here, _brought(amendments[at + 1 :]))
        lines = [each["text"], each["reason"], *others(each, _AMENDMENT)]
        found.append(Rendered(title="Amendment", lines=lines, sections=parts))
    return found


def _brought(amendments: Sequence[Resource]) -> dict[str, int]:
    """Return the names of the parts these amendments bring anew, with the number of the first that does."""
    found: dict[str, int] = {}
    for each in amendments:
        for name in each.get("parts", {}):
            found.setdefault(name, each["number"])
    return found
