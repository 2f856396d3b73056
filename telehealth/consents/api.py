"""Consents over the API."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from telehealth.access.deps import AllowToken
from telehealth.consents import queries, service
from telehealth.consents.deps import receive_proof
from telehealth.consents.models import Consent
from telehealth.consents.rules import Agreement, ProofSize
from telehealth.consents.schemas import (
    ConsentedRegistrationIn,
    ConsentIn,
    ConsentOut,
    ConsentsIn,
    ConsentTextOut,
    MeetIn,
)
from telehealth.files.deps import PICTURE_HEADERS, ChunkBody, FileStore
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit, database_of
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
FileReader = Annotated[Actor, AllowToken("file.read")]

PAPER: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "JPEG, PNG or WebP of at most 15 MB, PDF of at most 20 MB",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


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
    pages = queries.count_proof_pages(unit.session, [consent.id for consent, _ in found])
    return [_consent(consent, pages.get(consent.id, 0)) for consent, _ in found]


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
    return _consent(consent, 0)


@router.post("/patients/{patient_id}/consents/{consent_id}/withdrawal")
def withdraw_consent(actor: Recorder, unit: WriteUnit, patient_id: UUID, consent_id: UUID) -> ConsentOut:
    """Take a consent back from now on."""
    row = service.withdraw(unit.session, actor, consent_id, patient_id=patient_id, now=unit.now)
    return _proven(unit, row)


@router.post("/patients/{patient_id}/consents/{consent_id}/proof", status_code=201, openapi_extra=PAPER)
async def add_proof(
    request: Request, actor: Recorder, patient_id: UUID, consent_id: UUID, content: ChunkBody
) -> ConsentOut:
    """Keep the signed paper of a consent, a photo or a PDF; it is drawn anew, without place and camera."""
    await receive_proof(request, actor, patient_id, [consent_id], content)

    def show() -> ConsentOut:
        with database_of(request).read() as unit:
            row = queries.get_consent(unit.session, actor, consent_id, patient_id=patient_id, now=unit.now)
            return _proven(unit, row)

    return await run_in_threadpool(show)


@router.get("/patients/{patient_id}/consents/{consent_id}/proof/picture", response_class=Response)
def get_proof(
    actor: FileReader,
    unit: WriteUnit,
    storage: FileStore,
    patient_id: UUID,
    consent_id: UUID,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    size: ProofSize = ProofSize.VIEW,
) -> Response:
    """Return one page of the signed paper, `full` or `view` for a screen; opening it is on record."""
    file, content = service.open_proof(
        unit.session,
        storage,
        actor,
        consent_id,
        patient_id=patient_id,
        page=page,
        size=size,
        now=unit.now,
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


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


def _proven(unit: Unit, row: Consent) -> ConsentOut:
    return _consent(row, queries.count_proof_pages(unit.session, [row.id]).get(row.id, 0))


def _consent(row: Consent, proof_pages: int) -> ConsentOut:
    return ConsentOut.model_validate({**row.model_dump(), "proof_pages": proof_pages})
