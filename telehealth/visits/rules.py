"""What a visit consists of, who writes which part, what a signature needs, what is signed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from telehealth.kit.errors import InvalidError

SCHEMA_VERSION: Final = 1
"""Version of the canonical record's shape; raised with every change of `service.record.compose`."""


class Section(StrEnum):
    """The written parts of a visit."""

    REASON = "reason"
    HISTORY = "history"
    MEDICINES = "medicines"
    ALLERGIES = "allergies"
    FINDINGS = "findings"
    OPINION = "opinion"
    ADVICE = "advice"


STATION_SECTIONS: Final = frozenset({Section.REASON, Section.HISTORY, Section.MEDICINES, Section.ALLERGIES})
"""Written by the station before and during the call; the treating side may complete them."""

SECTION_LIMIT: Final = 10_000


def action_for(section: Section) -> str:
    """Return the action of `access.rules.ACTIONS` that writing the section is."""
    return "visit.measure" if section in STATION_SECTIONS else "visit.write"


class Certainty(StrEnum):
    """How sure a diagnosis is."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis as its writer gives it: a code of a list with its words, or words alone."""

    text: str
    certainty: Certainty
    code: str | None = None
    code_list: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What a record still lacks before it can be signed, in the order of the page."""

    parts: tuple[str, ...]


def missing_for_signature(sections: Mapping[str, str], diagnoses: Sequence[object], doctor: UUID | None) -> Missing:
    """Tell what is missing: reason, findings, a diagnosis, advice, and a doctor who took part."""
    needed = (Section.REASON, Section.FINDINGS, Section.ADVICE)
    parts = [str(name) for name in needed if not sections.get(name, "").strip()]
    if not diagnoses:
        parts.insert(2 if Section.FINDINGS in parts else len(parts), "diagnosis")
    if doctor is None:
        parts.append("doctor")
    return Missing(tuple(parts))


def canonical(document: Mapping[str, object]) -> str:
    """Write a document so that equal content gives equal bytes.

    After RFC 8785: keys sorted, no white space, UTF-8 unescaped. Floats are refused; measured
    values travel as decimal strings, so nothing depends on a number's rendering.
    """
    _refuse_floats(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a canonical record, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a signed record holds no floats")
    if isinstance(value, Mapping):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


def accept_text(text: str, section: Section) -> str:
    """Return a section's text as stored; raise `text-too-long`."""
    cleaned = text.replace("\r\n", "\n").strip()
    if len(cleaned) > SECTION_LIMIT:
        raise InvalidError("text-too-long", field=section, limit=SECTION_LIMIT)
    return cleaned
