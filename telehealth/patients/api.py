"""Patients over the API."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from sqlmodel import Session

from telehealth.access.deps import AllowToken
from telehealth.access.queries import current_id
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.patients import queries, service
from telehealth.patients.models import Patient
from telehealth.patients.queries import PatientCard
from telehealth.patients.rules import NoIdReason, Sex, cccd_warnings, parse_birth
from telehealth.patients.schemas import (
    CardOut,
    ContactOut,
    GuardianOut,
    PatientIn,
    PatientOut,
    RegistrationIn,
    SearchIn,
)

router = APIRouter(prefix="/api/v1/patients", tags=["patients"])

Finder = Annotated[Actor, AllowToken("patient.find")]
Reader = Annotated[Actor, AllowToken("patient.read")]
Changer = Annotated[Actor, AllowToken("patient.change")]


@router.post("/search")
def search_patients(actor: Finder, unit: WriteUnit, body: SearchIn) -> list[CardOut]:
    """Find patients in scope; an empty text gives those looked at last."""
    found = service.search_patients(unit.session, actor, body.text, now=unit.now, limit=body.limit)
    return [_card(card) for card in found]


@router.get("/{patient_id}")
def get_patient(actor: Reader, unit: WriteUnit, patient_id: UUID, response: Response) -> PatientOut:
    """Return a patient's record; reading it is on record."""
    patient = service.read_patient(unit.session, actor, patient_id, now=unit.now)
    return patient_out(unit, actor, patient, response)


@router.post("/{patient_id}/death/take-back")
def take_back_death(actor: Changer, unit: WriteUnit, patient_id: UUID, response: Response) -> PatientOut:
    """Take a death that was noted by mistake back: texts go again; once or twice is the same."""
    service.take_back_death(unit.session, actor, patient_id, now=unit.now)
    patient = queries.get_patient(unit.session, actor, patient_id, now=unit.now)
    return patient_out(unit, actor, patient, response)


@router.put("/{patient_id}")
def change_patient(
    actor: Changer, unit: WriteUnit, patient_id: UUID, body: PatientIn, version: IfMatch, response: Response
) -> PatientOut:
    """Replace what is known of a patient: details, contacts and guardian."""
    patient = service.change(
        unit.session,
        actor,
        patient_id,
        _details(body, today=_today(unit)),
        contacts=_contacts(body),
        guardian=_guardian(body),
        version=version,
        now=unit.now,
    )
    return patient_out(unit, actor, patient, response)


def registration_of(body: RegistrationIn, *, today: date) -> service.Registration:
    """Return a registration as the service takes it; raise what `parse_birth` raises."""
    return service.Registration(
        id=body.id,
        details=_details(body, today=today),
        contacts=_contacts(body),
        guardian=_guardian(body),
        occurred_at=body.occurred_at,
        is_someone_else=body.is_someone_else,
    )


def _today(unit: Unit) -> date:
    return policy_of(unit.session).local_date(unit.now)


def _details(body: PatientIn, *, today: date) -> service.PatientDetails:
    return service.PatientDetails(
        full_name=body.full_name,
        birth=parse_birth(body.birth, today=today),
        sex=body.sex,
        ethnic_code=body.ethnic_code,
        language=body.language,
        needs_interpreter=body.needs_interpreter,
        cccd=body.cccd,
        bhyt=body.bhyt,
        address=body.address,
        no_id_reason=body.no_id_reason,
    )


def _contacts(body: PatientIn) -> tuple[service.ContactDetails, ...]:
    return tuple(service.ContactDetails(**contact.model_dump()) for contact in body.contacts)


def _guardian(body: PatientIn) -> service.GuardianDetails | None:
    return service.GuardianDetails(**body.guardian.model_dump()) if body.guardian else None


def _card(card: PatientCard) -> CardOut:
    return CardOut(**_card_values(card))


def _card_values(card: PatientCard) -> dict[str, object]:
    plain = ("id", "mrn", "full_name", "sex", "birth_year", "address", "language", "needs_interpreter")
    return {
        **{name: getattr(card, name) for name in plain},
        "birth": card.birth_label,
        "age": card.age_label,
    }


def merged_into(session: Session, patient_id: UUID) -> UUID | None:
    """Return the id of the current record of a person, where this one was merged into it."""
    current = current_id(session, patient_id)
    return None if current == patient_id else current


def patient_out(unit: Unit, actor: Actor, patient: Patient, response: Response) -> PatientOut:
    """Return a patient's record, with its version as the answer's ETag."""
    set_version(response, patient.version)
    session, now = unit.session, unit.now
    card = queries.card_of(session, patient, now=now)
    identity = queries.open_identity(session, patient)
    guardian = queries.find_guardian(session, actor, patient.id, now=now)
    contacts = queries.list_contacts(session, actor, patient.id, now=now)
    return PatientOut.model_validate(
        {
            **_card_values(card),
            "birth_date": patient.birth_date,
            "birth_precision": card.birth.precision,
            "ethnic_code": patient.ethnic_code,
            "cccd": identity.cccd,
            "bhyt": identity.bhyt,
            "no_id_reason": NoIdReason(patient.no_id_reason) if patient.no_id_reason else None,
            "contacts": [
                ContactOut(
                    id=c.id,
                    phone=c.phone_e164,
                    name=c.name,
                    relation=c.relation,
                    may_mention_health=c.may_mention_health,
                    no_sms=c.no_sms,
                    until_on=c.until_on,
                    agreed_on=c.agreed_on,
                    wrong_since_at=c.wrong_since_at,
                )
                for c in contacts
            ],
            "guardian": guardian
            and GuardianOut.model_validate(
                {name: getattr(guardian, name) for name in GuardianOut.model_fields}
            ),
            "warnings": cccd_warnings(identity.cccd, card.birth, Sex(patient.sex)) if identity.cccd else [],
            "died_noted_at": patient.died_noted_at,
            "merged_into": merged_into(session, patient.id),
            "registered_facility_id": patient.registered_facility_id,
            "occurred_at": patient.occurred_at,
            "recorded_at": patient.recorded_at,
            "version": patient.version,
        }
    )
