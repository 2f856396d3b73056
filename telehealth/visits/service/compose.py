"""The canonical record: everything a reader needs years later, as it was when it was signed.

Names, codes and levels are copied, not referred to: facilities merge, people marry, lists are
re-issued. Measured values are decimal strings, times RFC 3339 in UTC, dates ISO 8601.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.facilities.queries import snapshot
from telehealth.kit.text import instant_text
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits import attached, queries
from telehealth.visits.attachments import signed_hashes
from telehealth.visits.models import Observation, SignedRecord, Visit
from telehealth.visits.parts import compose_amended_parts, compose_parts
from telehealth.visits.rules import SCHEMA_VERSION
from telehealth.visits.vitals import BMI, KNOWN, bmi, exact_text

KIND_RECORD = "visit-record"
KIND_AMENDMENT = "visit-amendment"


def compose_record(
    session: Session, signer: MembershipActor, visit: Visit, patient: Patient, *, today: date, now: datetime
) -> dict[str, Any]:
    """Return the document that will be signed."""
    members = describe(session, _people(visit, signer))
    station = snapshot(session, visit.station_facility_id, on=today)
    sections = queries.sections_of(session, visit)
    return {
        "kind": KIND_RECORD,
        "schema_version": SCHEMA_VERSION,
        "visit_id": str(visit.id),
        "consult_kind": visit.consult_kind,
        **({"modality": visit.modality} if visit.modality else {}),
        **({"modalities": list(visit.modalities)} if visit.modalities else {}),
        "occurred_at": instant_text(visit.occurred_at),
        "signed_at": instant_text(now),
        "patient": _patient(patient),
        "station": station.content,
        "opened_by": _member(session, members, visit.opened_by, today),
        "doctor": _member(session, members, visit.doctor_membership_id, today),
        "signer": _member(session, members, signer.ref, today),
        "sections": {name: row.text for name, row in sections.items() if row.text},
        "observations": _observations(queries.observations_of(session, visit)),
        "conditions": [
            {"code": c.code, "code_list": c.code_list, "text": c.text, "certainty": c.certainty}
            for c in queries.conditions_of(session, visit)
        ],
        "follow_up": _follow_up(session, visit, today),
        "attachments": _attachments(session, signer, visit, now),
        "parts": compose_parts(session, visit, today=today),
        "digital_signature": None,
    }


def compose_amendment(
    session: Session,
    signer: MembershipActor,
    visit: Visit,
    previous: SignedRecord,
    *,
    reason: str,
    text: str,
    today: date,
    now: datetime,
) -> dict[str, Any]:
    """Return the document of an amendment; it names what it amends by hash."""
    members = describe(session, {signer.ref})
    return {
        "kind": KIND_AMENDMENT,
        "schema_version": SCHEMA_VERSION,
        "visit_id": str(visit.id),
        "amends": previous.sha256,
        "number": previous.number + 1,
        "reason": reason,
        "text": text,
        "signed_at": instant_text(now),
        "signer": _member(session, members, signer.ref, today),
        "parts": compose_amended_parts(session, visit, today=today),
        "digital_signature": None,
    }


def _people(visit: Visit, signer: MembershipActor) -> set[UUID]:
    people = {visit.opened_by, signer.ref}
    return people | {visit.doctor_membership_id} if visit.doctor_membership_id else people


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "id": str(patient.id),
        "mrn": patient.mrn,
        "full_name": patient.full_name,
        "sex": patient.sex,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "birth_precision": patient.birth_precision,
    }


def _member(
    session: Session, members: dict[UUID, MemberCard], membership_id: UUID | None, today: date
) -> dict[str, Any] | None:
    if membership_id is None:
        return None
    card = members[membership_id]
    membership = session.get_one(Membership, membership_id)
    return {
        "membership_id": str(membership_id),
        "name": card.name,
        "title": card.title,
        "role": str(card.role),
        "qualification": membership.qualification,
        "licence_number": membership.licence_number,
        "facility": snapshot(session, card.facility_id, on=today).content,
    }


def _observations(measured: dict[str, Observation]) -> list[dict[str, Any]]:
    """Return what was measured, and the body mass index where weight and height make one."""
    found = [_observation(code, row) for code, row in measured.items()]
    if "weight" in measured and "height" in measured:
        index = bmi(measured["weight"].value, measured["height"].value)
        if index is not None:
            at = max(measured[code].occurred_at for code in ("weight", "height"))
            computed = {
                "code": BMI.code,
                "loinc": BMI.loinc,
                "value": exact_text(BMI.code, index),
                "unit": BMI.ucum,
            }
            found.append({**computed, "occurred_at": instant_text(at), "computed_from": ["weight", "height"]})
    return found


def _observation(code: str, row: Observation) -> dict[str, Any]:
    vital = KNOWN[code]
    return {
        "code": code,
        "loinc": vital.loinc,
        "value": exact_text(code, row.value),
        "unit": vital.ucum,
        "occurred_at": instant_text(row.occurred_at),
    }


def _attachments(
    session: Session, signer: MembershipActor, visit: Visit, now: datetime
) -> list[dict[str, Any]]:
    """Return what was attached, by the hashes of its pages: the pixels lie with the files."""
    found = attached.list_attachments(session, signer, visit.id, now=now)
    pictures = attached.pictures_of(session, [each.id for each in found])
    return [
        {
            "id": str(each.id),
            "kind": each.kind,
            "caption": each.caption,
            "source": each.source,
            "occurred_at": instant_text(each.occurred_at),
            "is_whole": each.is_whole,
            "sha256": signed_hashes(
                {(row.size, row.page): row.sha256 for row in pictures[each.id]}, is_whole=each.is_whole
            ),
            "turn": each.turn,
            "arrows": each.arrows,
        }
        for each in found
    ]


def _follow_up(session: Session, visit: Visit, today: date) -> dict[str, Any] | None:
    if visit.follow_up_on is None or visit.follow_up_facility_id is None:
        return None
    return {
        "on": visit.follow_up_on.isoformat(),
        **({"slack_days": visit.follow_up_slack_days} if visit.follow_up_slack_days else {}),
        "facility": snapshot(session, visit.follow_up_facility_id, on=today).content,
    }
