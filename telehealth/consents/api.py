"""Consents over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.consents import queries, service
from telehealth.consents.models import Consent
from telehealth.consents.rules import Agreement
from telehealth.consents.schemas import (
    ConsentedRegistrationIn,
    ConsentIn,
    ConsentOut,
    ConsentsIn,
    ConsentTextOut,
    MeetIn,
)
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.api import patient_out, registration_of
from telehealth.patients.rules import parse_birth
from telehealth.patients.schemas import PatientOut
from telehealth.patients.service import read_patient

router = APIRouter(prefix="/api/v1", tags=["consents"])

Reader = Annotated[Actor, AllowToken("patient.read")]
Recorder = Annotated[Actor, AllowToken("consent.record")]
Registrar = Annotated[Actor, AllowToken("patient.register")]


@router.get("/consent-texts")
def list_consent_texts(_: Reader, unit: ReadUnit) -> list[ConsentTextOut]:
    """List the newest text of each purpose."""
    texts = queries.list_texts(unit.session)
    return [
        ConsentTextOut.model_validate({name: getattr(text, name) for name in ConsentTextOut.model_fields})
        for text in texts
    ]


@router.post("/patients", status_code=201, tags=["patients"])
def register_patient(
    actor: Registrar, unit: WriteUnit, body: ConsentedRegistrationIn, response: Response
) -> PatientOut:
    """Register a patient with the consents given; the same registration sent again gives the same patient."""
    registration = registration_of(body, today=policy_of(unit.session).local_date(unit.now))
    given = _given(body.consents)
    patient = service.register_with_consents(unit.session, actor, registration, given, now=unit.now)
    response.headers["Location"] = f"/api/v1/patients/{patient.id}"
    return patient_out(unit, actor, patient, response)


@router.post("/patients/meet", tags=["patients"])
def meet_patient(actor: Registrar, unit: WriteUnit, body: MeetIn, response: Response) -> PatientOut:
    """Open an audited relationship with the patient of another facility who holds exactly this number.

    What the person agrees to is recorded as at registration; without `data` nothing is opened.
    """
    number = body.cccd or body.bhyt
    if number is None or (body.cccd and body.bhyt):
        raise InvalidError("number-needed", field="cccd")
    birth = parse_birth(body.birth, today=policy_of(unit.session).local_date(unit.now))
    patient = service.meet_with_consents(
        unit.session,
        actor,
        _given(body.consents),
        birth,
        number=number,
        kind="cccd" if body.cccd else "bhyt",
        reason=body.reason,
        now=unit.now,
    )
    return patient_out(unit, actor, patient, response)


@router.get("/patients/{patient_id}/consents")
def list_consents(actor: Reader, unit: WriteUnit, patient_id: UUID) -> list[ConsentOut]:
    """List the consents of a patient, newest first, withdrawn ones included."""
    read_patient(unit.session, actor, patient_id, now=unit.now)
    found = queries.list_consents(unit.session, actor, patient_id, now=unit.now)
    return [_consent(consent) for consent, _ in found]


@router.post("/patients/{patient_id}/consents", status_code=201)
def record_consent(actor: Recorder, unit: WriteUnit, patient_id: UUID, body: ConsentIn) -> ConsentOut:
    """Record that somebody agreed."""
    consent = service.record_consent(
        unit.session,
        actor,
        patient_id,
        body.purpose,
        _agreement(body),
        text_id=body.text_id,
        occurred_at=body.occurred_at,
        now=unit.now,
    )
    return _consent(consent)


@router.post("/patients/{patient_id}/consents/{consent_id}/withdrawal")
def withdraw_consent(actor: Recorder, unit: WriteUnit, patient_id: UUID, consent_id: UUID) -> ConsentOut:
    """Take a consent back from now on."""
    row = service.withdraw(unit.session, actor, consent_id, patient_id=patient_id, now=unit.now)
    return _consent(row)


def _given(agreed: ConsentsIn) -> service.Consents:
    return service.Consents(purposes=tuple(dict.fromkeys(agreed.purposes)), agreement=_agreement(agreed))


def _agreement(body: ConsentIn | ConsentsIn) -> Agreement:
    return Agreement(
        given_by=body.given_by,
        how=body.how,
        guardian_name=body.guardian_name,
        guardian_relation=body.guardian_relation,
        is_child_heard=body.is_child_heard,
    )


def _consent(row: Consent) -> ConsentOut:
    return ConsentOut.model_validate({name: getattr(row, name) for name in ConsentOut.model_fields})
