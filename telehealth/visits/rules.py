"""What a visit consists of, who writes which part, what a signature needs, what is signed."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.text import fold, nfc, paragraphs

SCHEMA_VERSION: Final = 4
"""Version of the canonical record's shape; raised with every change of `service/compose.py`."""


class Modality(StrEnum):
    """How a visit was held; audio: no picture of the patient came through; later: the doctor answered
    what the station had sent.
    """

    VIDEO = "video"
    AUDIO = "audio"
    PHONE = "phone"
    LATER = "later"


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
LINE_LIMIT: Final = 300
MAX_DIAGNOSES: Final = 12
MAX_SLACK_DAYS: Final = 14


def action_for(section: Section) -> str:
    """Return the action of `access.rules.ACTIONS` that writing the section is."""
    return "visit.measure" if section in STATION_SECTIONS else "visit.write"


class Participants(Protocol):
    """Who has a part in a visit: the station, and the doctor of its appointment."""

    @property
    def station_facility_id(self) -> UUID: ...
    @property
    def doctor_membership_id(self) -> UUID | None: ...


def is_participant(actor: Actor, visit: Participants) -> bool:
    """Tell whether the actor has a part in the visit; seeing the patient's data alone is none."""
    return actor.ref == visit.doctor_membership_id or actor.facility_id == visit.station_facility_id


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


_PAGE_ORDER: Final = (Section.REASON, Section.FINDINGS, "diagnosis", Section.ADVICE, "doctor")


def missing_for_signature(
    sections: Mapping[str, str], diagnoses: Sequence[object], doctor: UUID | None
) -> Missing:
    """Tell what is missing: reason, findings, a diagnosis, advice, and a doctor who took part."""
    written = {name for name, text in sections.items() if text.strip()}
    if diagnoses:
        written.add("diagnosis")
    if doctor is not None:
        written.add("doctor")
    return Missing(tuple(str(part) for part in _PAGE_ORDER if part not in written))


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
    cleaned = paragraphs(text)
    if len(cleaned) > SECTION_LIMIT:
        raise InvalidError("text-too-long", field=section, limit=SECTION_LIMIT)
    return cleaned


def accept_line(text: str) -> str:
    """Return one line of text as stored; raise `text-too-long`."""
    line = nfc(text)
    if len(line) > LINE_LIMIT:
        raise InvalidError("text-too-long", field="diagnosis", limit=LINE_LIMIT)
    return line


OWN_LIST: Final = "xã-2026.1"
"""Version label of our own small list of diagnosis codes (data/icd10_vi.csv)."""

_CODE = re.compile(r"[A-Z]\d{2}(\.\d{1,2})?[*†+]?")
_UNDOTTED = re.compile(r"([A-Z]\d{2})(\d{1,2}[*†+]?)")


def accept_code(text: str) -> str:
    """Return an ICD-10 code as it is stored, `i109` as `I10.9`; raise `diagnosis-code-invalid`."""
    code = _UNDOTTED.sub(r"\1.\2", text.strip().upper())
    if not _CODE.fullmatch(code):
        raise InvalidError("diagnosis-code-invalid", field="diagnosis")
    return code


def searchable(code: str, name: str) -> str:
    """Return a name and its code as they are searched: each word behind a space, no marks."""
    return f" {fold(name)} {fold(code)} {fold(code).replace(' ', '')} "


def words_of(folded: str) -> set[str]:
    """Return the words of a searchable text."""
    return set(folded.split())


_CODE_BEGINS = re.compile(r"([A-Z]\d{1,2})\.?(\d{0,2})")


def code_begins(text: str) -> str:
    """Return the beginning of a code as it is stored, `i109` as `I10.9`; nothing for what is none."""
    found = _CODE_BEGINS.fullmatch(text.strip().upper())
    if found is None:
        return ""
    category, rest = found.groups()
    return f"{category}.{rest}" if rest else category
