"""Changing what is known of a patient, against the version it was read at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from telehealth.access.queries import current_id
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.patients import queries
from telehealth.patients.events import PatientChanged
from telehealth.patients.models import Patient
from telehealth.patients.service.details import (
    ContactDetails,
    GuardianDetails,
    PatientDetails,
    normalised_contacts,
    normalised_guardian,
    write_contacts,
    write_details,
    write_guardian,
    write_name_words,
)
from telehealth.patients.service.registering import normalise, refuse_known_numbers

_PLAIN = (
    "full_name",
    "birth_date",
    "birth_precision",
    "sex",
    "ethnic_code",
    "language",
    "needs_interpreter",
    "no_id_reason",
    "cccd_index",
    "bhyt_index",
)


def change(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    details: PatientDetails,
    *,
    contacts: Sequence[ContactDetails],
    guardian: GuardianDetails | None,
    version: int,
    now: datetime,
) -> Patient:
    """Replace a patient's details, contacts and guardian; return the patient at its next version.

    Raises `patient-not-found`, `patient-merged`, StaleError when somebody changed it since `version`,
    InvalidError at a field, PatientKnownError or KnownElsewhereError for a number that is somebody else's.
    """
    patient = _current(session, actor, patient_id, version, now=now)
    details = normalise(details)
    contacts = normalised_contacts(contacts)
    guardian = normalised_guardian(guardian, details.birth, today=policy_of(session).local_date(now))
    refuse_known_numbers(session, actor, details, patient_id=patient_id, now=now)
    before = _known(session, actor, patient, now=now)
    write_details(session, patient, details)
    patient.version += 1
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        raise ConflictError("registered-meanwhile") from None
    write_name_words(session, patient)
    write_contacts(session, patient_id, contacts, now=now)
    write_guardian(session, patient_id, guardian, now=now)
    session.flush()
    after = _known(session, actor, patient, now=now)
    fields = tuple(sorted(name for name in after if after[name] != before[name]))
    record(
        session,
        actor,
        "patient.change",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        facts={"version": patient.version, "fields": list(fields)},
        now=now,
    )
    publish(session, PatientChanged(patient_id, patient.version, fields), now=now)
    return patient


def _current(session: Session, actor: Actor, patient_id: UUID, version: int, *, now: datetime) -> Patient:
    patient = queries.get_patient(session, actor, patient_id, now=now, lock=True)
    if current_id(session, patient_id) != patient_id:
        raise ConflictError("patient-merged")
    if patient.version != version:
        raise StaleError
    return patient


def _known(session: Session, actor: Actor, patient: Patient, *, now: datetime) -> dict[str, Any]:
    """Return what is known, by field, to tell afterwards which fields changed."""
    contacts = queries.list_contacts(session, actor, patient.id, now=now)
    guardian = queries.find_guardian(session, actor, patient.id, now=now)
    return {
        **{name: getattr(patient, name) for name in _PLAIN},
        "address": queries.open_identity(session, patient).address,
        "contacts": [
            (c.phone_e164, c.name, c.relation, c.may_mention_health, c.no_sms, c.until_on, c.agreed_on)
            for c in contacts
        ],
        "guardian": guardian and (guardian.name, guardian.relation, guardian.basis, guardian.until_on),
    }
