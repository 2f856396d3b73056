"""Consents over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.consents import queries, service
from telehealth.consents.models import Consent
from telehealth.consents.rules import Agreement
from telehealth.consents.schemas import ConsentIn, ConsentOut, ConsentTextOut
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.patients.service import read_patient

router = APIRouter(prefix="/api/v1", tags=["consents"])

Reader = Annotated[Actor, AllowToken("patient.read")]
Recorder = Annotated[Actor, AllowToken("consent.record")]


@router.get("/consent-texts")
def list_consent_texts(_: Reader, unit: ReadUnit) -> list[ConsentTextOut]:
    """List the newest text of each purpose."""
    texts = queries.list_texts(unit.session)
    return [
        ConsentTextOut.model_validate({name: getattr(text, name) for name in ConsentTextOut.model_fields})
        for text in texts
    ]


@router.get("/patients/{patient_id}/consents")
def list_consents(actor: Reader, unit: WriteUnit, patient_id: UUID) -> list[ConsentOut]:
    """List the consents of a patient, newest first, withdrawn ones included."""
    read_patient(unit.session, actor, patient_id, now=unit.now)
    found = queries.list_consents(unit.session, actor, patient_id, now=unit.now)
    return [_consent(consent) for consent, _ in found]


@router.post("/patients/{patient_id}/consents", status_code=201)
def record_consent(actor: Recorder, unit: WriteUnit, patient_id: UUID, body: ConsentIn) -> ConsentOut:
    """Record that somebody agreed."""
    agreement = Agreement(
        given_by=body.given_by,
        how=body.how,
        guardian_name=body.guardian_name,
        guardian_relation=body.guardian_relation,
        is_child_heard=body.is_child_heard,
    )
    consent = service.record_consent(
        unit.session,
        actor,
        patient_id,
        body.purpose,
        agreement,
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


def _consent(row: Consent) -> ConsentOut:
    return ConsentOut.model_validate({name: getattr(row, name) for name in ConsentOut.model_fields})
