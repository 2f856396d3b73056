"""Registering a patient once: not twice by a repeated request, not twice by two stations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from telehealth.access.queries import is_visible
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError
from telehealth.kit.ids import is_uuid7
from telehealth.kit.policy import policy_of
from telehealth.kit.text import fold
from telehealth.patients import duplicates, queries
from telehealth.patients.duplicates import Probable
from telehealth.patients.errors import KnownElsewhereError, MaybeKnownError, PatientKnownError
from telehealth.patients.likeness import Described
from telehealth.patients.models import MrnCounter, Patient
from telehealth.patients.rules import MRN_DIGITS
from telehealth.patients.service.details import (
    ContactDetails,
    PatientDetails,
    Registration,
    normalised,
    normalised_contacts,
    normalised_guardian,
    write_contacts,
    write_details,
    write_guardian,
    write_name_words,
)
from telehealth.patients.service.merging import tell_apart
from telehealth.patients.service.reading import note_seen


def register(session: Session, actor: Actor, registration: Registration, *, now: datetime) -> Patient:
    """Register a patient at the actor's facility and open its grant.

    The same registration sent again returns the patient of the first time. Raises InvalidError at a
    field, `time-in-future`, `id-taken` for another one's id, PatientKnownError, KnownElsewhereError,
    MaybeKnownError.
    """
    if actor.facility_id is None:
        raise ForbiddenError("not-allowed")
    earlier = _registered_before(session, actor, registration, now=now)
    if earlier is not None:
        return earlier
    details = normalise(registration.details)
    contacts = normalised_contacts(registration.contacts)
    guardian = normalised_guardian(
        registration.guardian, details.birth, today=policy_of(session).local_date(now)
    )
    refuse_known_numbers(session, actor, details, patient_id=None, now=now)
    probable = _probable(session, actor, details, contacts, now=now)
    if probable and not registration.is_someone_else:
        raise MaybeKnownError(probable)
    patient = _new_row(session, actor.facility_id, registration, details, now=now)
    write_name_words(session, patient)
    write_contacts(session, patient.id, contacts, now=now)
    write_guardian(session, patient.id, guardian, now=now)
    open_grant(
        session,
        patient_id=patient.id,
        holder_kind=HolderKind.FACILITY,
        holder_id=actor.facility_id,
        basis=Basis.REGISTERED_HERE,
        source_id=patient.id,
        now=now,
    )
    record(
        session,
        actor,
        "patient.register",
        subject_kind="patient",
        subject_id=patient.id,
        patient_id=patient.id,
        facts={"is_someone_else": registration.is_someone_else},
        now=now,
    )
    for each in probable:
        tell_apart(session, actor, patient.id, each.card.id, now=now)
    note_seen(session, actor, patient.id, now=now)
    session.flush()
    return patient


def normalise(details: PatientDetails) -> PatientDetails:
    """Return the details as they are stored, checked against the lists of codes."""
    return normalised(
        details, ethnic_codes=list(queries.ethnic_groups()), languages=list(queries.languages())
    )


def refuse_known_numbers(
    session: Session, actor: Actor, details: PatientDetails, *, patient_id: UUID | None, now: datetime
) -> None:
    """Raise if somebody else holds one of the numbers.

    That the actor learned of a patient out of scope is put on record before it is said, and the
    refusal keeps it there.
    """
    for field, number in (("cccd", details.cccd), ("bhyt", details.bhyt)):
        holder = queries.find_holder(session, number) if number else None
        if holder is None or holder.id == patient_id:
            continue
        if is_visible(session, actor, holder.id, now=now):
            raise PatientKnownError(holder.id, field)
        record(
            session,
            actor,
            "patient.find",
            subject_kind="exact_match",
            patient_id=holder.id,
            facts={"number_kind": field},
            now=now,
        )
        raise KnownElsewhereError(field)


def _registered_before(
    session: Session, actor: Actor, registration: Registration, *, now: datetime
) -> Patient | None:
    if not is_uuid7(registration.id):
        raise InvalidError("id-not-v7", field="id")
    if registration.occurred_at is not None and registration.occurred_at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="occurred_at")
    patient = session.get(Patient, registration.id)
    if patient is None:
        return None
    is_same = patient.registration_index == registration.fingerprint(keyring_of(session))
    if is_same and is_visible(session, actor, patient.id, now=now):
        return patient
    raise ConflictError("id-taken")


def _probable(
    session: Session,
    actor: Actor,
    details: PatientDetails,
    contacts: Sequence[ContactDetails],
    *,
    now: datetime,
) -> list[Probable]:
    described = Described(
        folded_name=fold(details.full_name),
        birth=details.birth,
        sex=details.sex,
        phones=duplicates.blind_phones(session, [contact.phone for contact in contacts]),
        address=details.address,
        number=queries.index_of(keyring_of(session), details.cccd) if details.cccd else None,
    )
    return duplicates.find_probable(session, actor, described, now=now)


def _new_row(
    session: Session, facility_id: UUID, registration: Registration, details: PatientDetails, *, now: datetime
) -> Patient:
    patient = Patient(
        id=registration.id,
        mrn=_next_mrn(session, facility_id),
        full_name="",
        folded_name="",
        sort_key="",
        birth_date=details.birth.on,
        birth_precision=details.birth.precision,
        sex=details.sex,
        registered_facility_id=facility_id,
        registration_index=registration.fingerprint(keyring_of(session)),
        occurred_at=registration.occurred_at or now,
        recorded_at=now,
    )
    write_details(session, patient, details)
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        # Somebody registered the same number or id since we looked; the database has the last word.
        raise ConflictError("registered-meanwhile") from None
    return patient


def _next_mrn(session: Session, facility_id: UUID) -> str:
    """Return the facility's next number; the row of the counter makes registrations take turns."""
    mine = select(MrnCounter).where(MrnCounter.facility_id == facility_id).with_for_update()
    counter = session.exec(mine).first()
    if counter is None:
        try:
            with session.begin_nested():
                counter = MrnCounter(facility_id=facility_id)
                session.add(counter)
        except IntegrityError:
            counter = session.exec(mine).one()
    counter.last += 1
    session.add(counter)
    session.flush()
    return f"{counter.last:0{MRN_DIGITS}d}"
