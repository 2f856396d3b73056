"""Reading patients where a person looks: every look is on record."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.patients import finding, queries
from telehealth.patients.models import Patient, Seen
from telehealth.patients.queries import PatientCard


def read_patient(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> Patient:
    """Return a patient's record and audit that it was read; raise `patient-not-found`."""
    patient = queries.get_patient(session, actor, patient_id, now=now)
    record(
        session,
        actor,
        "patient.read",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
    )
    note_seen(session, actor, patient_id, now=now)
    return patient


def search_patients(
    session: Session, actor: Actor, text: str, *, now: datetime, limit: int = finding.FOUND_AT_MOST
) -> list[PatientCard]:
    """Find patients as `finding.search` does; one audit row holds the ids of those shown."""
    found = finding.search(session, actor, text, now=now, limit=limit)
    ids = [str(card.id) for card in found]
    record(session, actor, "patient.find", subject_kind="patient_list", facts={"ids": ids}, now=now)
    return found


def note_seen(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Put the patient on top of the list the actor's next search begins with."""
    session.merge(Seen(actor_ref=actor.ref, patient_id=patient_id, seen_at=now))
