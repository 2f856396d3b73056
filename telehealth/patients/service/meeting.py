"""Letting a facility in to a patient registered elsewhere, because it knows the exact number.

Without it the next station would register the patient again and miss an allergy.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from telehealth.access.queries import is_visible
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.text import nfc
from telehealth.patients import queries
from telehealth.patients.models import ExactMatch, Patient
from telehealth.patients.rules import REASON_AT_LEAST, REASON_AT_MOST, parse_bhyt, parse_cccd
from telehealth.patients.service.reading import note_seen

OPEN_DAYS = 90
"""How long the relationship lasts by itself; care given meanwhile opens grants of its own."""


def look_elsewhere(session: Session, actor: Actor, number: str, *, now: datetime) -> Patient | None:
    """Find who holds exactly this CCCD or BHYT number, in any scope; of a stranger, that one looked is on
    record before it is said that there is a record."""
    patient = queries.find_holder(session, number)
    if patient is not None and not is_visible(session, actor, patient.id, now=now):
        record(
            session,
            actor,
            "patient.find",
            subject_kind="exact_match",
            patient_id=patient.id,
            facts={"number_kind": "person"},
            now=now,
        )
    return patient


def meet(
    session: Session,
    actor: Actor,
    *,
    number: str,
    kind: str,
    reason: str,
    now: datetime,
) -> Patient:
    """Open an audited relationship with whoever holds a CCCD or BHYT number (`kind`), with the reason.

    Raises `reason-too-short`, `cccd-invalid`, `bhyt-invalid`, and `patient-not-found` when nobody
    holds the number. A patient already in scope is returned without a new grant.
    """
    if actor.facility_id is None:
        raise ForbiddenError("not-allowed")
    stated = nfc(reason)
    if not REASON_AT_LEAST <= len(stated) <= REASON_AT_MOST:
        raise InvalidError("reason-too-short", field="reason", count=REASON_AT_LEAST)
    exact = parse_cccd(number, field="number") if kind == "cccd" else parse_bhyt(number, field="number")
    patient = queries.find_holder(session, exact)
    if patient is None:
        raise NotFoundError("patient-not-found")
    if is_visible(session, actor, patient.id, now=now):
        return patient
    match = ExactMatch(
        patient_id=patient.id,
        facility_id=actor.facility_id,
        actor_ref=actor.ref,
        number_kind=kind,
        reason=stated,
        recorded_at=now,
    )
    session.add(match)
    _let_in(session, actor, match, now=now)
    return patient


def _let_in(session: Session, actor: Actor, match: ExactMatch, *, now: datetime) -> None:
    open_grant(
        session,
        patient_id=match.patient_id,
        holder_kind=HolderKind.FACILITY,
        holder_id=match.facility_id,
        basis=Basis.EXACT_MATCH,
        source_id=match.id,
        now=now,
        until_at=now + timedelta(days=OPEN_DAYS),
    )
    record(
        session,
        actor,
        "patient.register",
        subject_kind="exact_match",
        subject_id=match.id,
        patient_id=match.patient_id,
        facts={"number_kind": match.number_kind},
        now=now,
    )
    note_seen(session, actor, match.patient_id, now=now)
    session.flush()
