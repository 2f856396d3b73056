"""What every resource of a document shares: codes, addresses, sections, and text of what no module knows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from uuid import UUID, uuid5

SID: Final = "http://fhir.hl7.org.vn/core/sid/"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
SHA256: Final = "urn:oid:2.16.840.1.101.3.4.2.1"
URI: Final = "urn:ietf:rfc:3986"
_SPACE: Final = UUID("6f0c3f0e-5d0b-4f43-9a53-6a0a4b7c3b19")

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the resources of one signed document have in common.

    `number` is 1 for the record, 2 and more for its amendments. `replaced_by` is the number of the
    amendment that brought the part anew, 0 where it holds.
    """

    visit_id: UUID
    base_url: str
    signer: str
    occurred_at: str
    signed_at: str
    number: int = 1
    replaced_by: int = 0

    def address(self, kind: str, key: str) -> str:
        """Return the address of a resource within the Bundle."""
        return f"urn:uuid:{uuid5(_SPACE, f'{self.visit_id}/{kind}/{key}')}"

    def ref(self, kind: str, key: str = "") -> Resource:
        """Return a reference to a resource of the Bundle."""
        return {"reference": self.address(kind, key)}

    def key(self, *parts: object) -> str:
        """Return the key of a resource that several documents of a visit may have."""
        return "/".join(str(each) for each in (self.number, *parts))

    @property
    def about(self) -> Resource:
        """What most resources say of whom and of which visit they are."""
        return {"subject": self.ref("Patient"), "encounter": self.ref("Encounter")}

    @property
    def by(self) -> Resource:
        """Who signed."""
        return self.ref("Practitioner", self.signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A section with the resources it leads to, by their keys.

    `beside` are resources that others refer to and the section does not; `is_none` says that somebody
    asked and there is nothing.
    """

    title: str
    code: str = ""
    lines: Collection[str] = ()
    resources: Collection[tuple[str, Resource]] = ()
    beside: Collection[tuple[str, Resource]] = ()
    sections: Collection["Rendered"] = ()
    is_none: bool = False

    def section(self, scope: Scope) -> Resource:
        """Return it as a section of the Composition."""
        said = [row for line in self.lines for row in line.split("\n") if row.strip()]
        entries = [scope.ref(each["resourceType"], key) for key, each in self.resources]
        found: Resource = {"title": self.title}
        if self.code:
            found["code"] = {"coding": [coding(LOINC, self.code, self.title)]}
        if said:
            text = "".join(f"<p>{escape(row, quote=False)}</p>" for row in said)
            found["text"] = {
                "status": "generated",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>',
            }
        if entries:
            found["entry"] = entries
        if self.is_none:
            reason = coding(f"{TERMS}list-empty-reason", "nilknown", "Nil Known")
            found["emptyReason"] = {"coding": [reason]}
        if self.sections:
            found["section"] = [each.section(scope) for each in self.sections]
        return found

    def entries(self, scope: Scope) -> Iterable[tuple[str, Resource]]:
        """Return all resources with their addresses, those of the sections within included."""
        for key, each in (*self.resources, *self.beside):
            yield scope.address(each["resourceType"], key), each
        for inner in self.sections:
            yield from inner.entries(scope)


def coding(system: str, code: str, display: str = "") -> Resource:
    """Return a Coding."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def concept(text: str, *codings: Resource) -> Resource:
    """Return a CodeableConcept: its codes, and what was written."""
    return {**({"coding": list(codings)} if codings else {}), **({"text": text} if text else {})}


def number(text: str) -> int | float:
    """Return a signed decimal text as a number of JSON."""
    return float(text) if "." in text else int(text)


def quantity(value: str, unit: str, *, is_ucum: bool = True) -> Resource:
    """Return a Quantity; units that are no UCUM, like tablets, stand as they were written."""
    found: Resource = {"value": number(value), "unit": unit}
    return {**found, "system": UCUM, "code": unit} if is_ucum else found


def notes(*texts: str | None) -> Resource:
    """Return `note` with the texts that say something; nothing without."""
    said = [{"text": each} for each in texts if each]
    return {"note": said} if said else {}


def plain_lines(content: object, name: str = "") -> list[str]:
    """Return everything that stands in a signed value as lines of text, whatever its shape."""
    if isinstance(content, Mapping):
        return [
            line
            for key, value in content.items()
            for line in plain_lines(value, f"{name}, {key}" if name else str(key))
        ]
    if isinstance(content, list):
        if not any(isinstance(each, Mapping | list) for each in content):
            content = ", ".join(str(each) for each in content)
        else:
            return [
                line
                for at, each in enumerate(content, 1)
                for line in plain_lines(each, f"{name} {at}".strip())
            ]
    if content is None or content == "":
        return []
    said = ("yes" if content else "no") if isinstance(content, bool) else str(content)
    return [f"{name}: {said}" if name else said]


def others(content: Mapping[str, Any], known: Collection[str], name: str = "") -> list[str]:
    """Return lines of what a module does not read, so that nothing that was signed is left out."""
    return plain_lines({key: value for key, value in content.items() if key not in known}, name)
