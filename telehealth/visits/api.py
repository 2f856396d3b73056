"""Visits over the API."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from telehealth.access.deps import AllowToken, prove
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.versions import IfMatch, set_version
from telehealth.staff.actors import MembershipActor
from telehealth.visits import codes, queries, service
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.rules import Diagnosis, Section
from telehealth.visits.schemas import (
    AmendmentIn,
    CodeOut,
    DiagnosesIn,
    DiagnosesOut,
    DiagnosisOut,
    FollowUpIn,
    FollowUpOut,
    ObservationOut,
    ObservationsIn,
    RecordOut,
    SectionIn,
    SectionOut,
    SignatureIn,
    VisitIn,
    VisitOut,
    VisitRow,
    WithdrawalIn,
)
from telehealth.visits.vitals import MEASUREMENTS

router = APIRouter(prefix="/api/v1", tags=["visits"])

# Integrations never get further than reading: the table of actions sees to it.
Reader = Annotated[Actor, AllowToken("visit.read")]
Opener = Annotated[MembershipActor, AllowToken("visit.open")]
Measurer = Annotated[MembershipActor, AllowToken("visit.measure")]
Writer = Annotated[MembershipActor, AllowToken("visit.write")]
Diagnoser = Annotated[MembershipActor, AllowToken("visit.diagnose")]
Signer = Annotated[MembershipActor, AllowToken("visit.sign")]
Amender = Annotated[MembershipActor, AllowToken("visit.amend")]


async def require_signer(request: Request, actor: Signer, body: SignatureIn) -> None:
    """Raise `secret-wrong` unless PIN or password is the signer's own; before any unit is opened."""
    await _require_proof(request, actor, body.secret)


async def require_amender(request: Request, actor: Amender, body: AmendmentIn) -> None:
    """Raise `secret-wrong` unless PIN or password is the amender's own; before any unit is opened."""
    await _require_proof(request, actor, body.secret)


@router.post("/visits", status_code=201)
def open_visit(actor: Opener, unit: WriteUnit, body: VisitIn, response: Response) -> VisitOut:
    """Open a visit with why the patient came and what was measured."""
    request = service.VisitRequest(
        id=body.id,
        patient_id=body.patient_id,
        consult_kind=body.consult_kind,
        reason=body.reason,
        sections=body.sections,
        vitals=body.observations,
        specialty_code=body.specialty_code,
        occurred_at=body.occurred_at,
    )
    visit = service.open_visit(unit.session, actor, request, now=unit.now)
    response.headers["Location"] = f"/api/v1/visits/{visit.id}"
    return _visit(unit, visit, response)


@router.get("/visits/{visit_id}")
def get_visit(actor: Reader, unit: WriteUnit, visit_id: UUID, response: Response) -> VisitOut:
    """Return a visit with all that is written so far; reading it is on record."""
    return _visit(unit, service.read_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.get("/patients/{patient_id}/visits")
def list_patient_visits(
    actor: Reader,
    unit: WriteUnit,
    patient_id: UUID,
    before: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[VisitRow]:
    """List a patient's visits over all facilities the actor may see, newest first; on record."""
    found = service.read_list(unit.session, actor, patient_id, now=unit.now, limit=limit, before=before)
    return [VisitRow.model_validate(_row(visit)) for visit in found]


@router.put("/visits/{visit_id}/sections/{name}")
def write_visit_section(
    actor: Measurer,
    unit: WriteUnit,
    visit_id: UUID,
    name: Section,
    body: SectionIn,
    version: IfMatch,
    response: Response,
) -> SectionOut:
    """Write one section against the version it was read at; `"0"` where there is none yet."""
    written = service.write_section(
        unit.session, actor, visit_id, name, body.text, version=version, now=unit.now
    )
    set_version(response, written.version)
    return SectionOut.model_validate(written.model_dump())


@router.post("/visits/{visit_id}/observations", status_code=201)
def add_observations(
    actor: Measurer, unit: WriteUnit, visit_id: UUID, body: ObservationsIn
) -> list[ObservationOut]:
    """Add measured values; earlier ones stay."""
    at = body.occurred_at or unit.now
    service.measure(unit.session, actor, visit_id, body.values, at=at, now=unit.now)
    return _observations(unit, queries.get_visit(unit.session, actor, visit_id, now=unit.now))


@router.put("/visits/{visit_id}/diagnoses")
def set_diagnoses(
    actor: Diagnoser,
    unit: WriteUnit,
    visit_id: UUID,
    body: DiagnosesIn,
    version: IfMatch,
    response: Response,
) -> DiagnosesOut:
    """Replace the diagnoses, the main one first; `"0"` where there are none yet."""
    given = [Diagnosis(each.text, each.certainty, each.code) for each in body.diagnoses]
    service.set_diagnoses(unit.session, actor, visit_id, given, version=version, now=unit.now)
    diagnoses = _diagnoses(unit, queries.get_visit(unit.session, actor, visit_id, now=unit.now))
    set_version(response, diagnoses.version)
    return diagnoses


@router.put("/visits/{visit_id}/follow-up")
def plan_follow_up(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: FollowUpIn, version: IfMatch, response: Response
) -> FollowUpOut:
    """Say when and where the patient comes back."""
    visit = service.plan_follow_up(
        unit.session,
        actor,
        visit_id,
        body.on,
        body.facility_id,
        version=version,
        slack_days=body.slack_days,
        now=unit.now,
    )
    set_version(response, visit.follow_up_version)
    return _follow_up(visit)


@router.post("/visits/{visit_id}/sign", status_code=201, dependencies=[Depends(require_signer)])
def sign_visit(actor: Signer, unit: WriteUnit, visit_id: UUID, version: IfMatch) -> RecordOut:
    """Freeze the record; If-Match is the ETag of the visit as the signer read it."""
    return _record(service.sign(unit.session, actor, visit_id, version=version, now=unit.now))


@router.post("/visits/{visit_id}/amendments", status_code=201, dependencies=[Depends(require_amender)])
def amend_visit(actor: Amender, unit: WriteUnit, visit_id: UUID, body: AmendmentIn) -> RecordOut:
    """Add an amendment under a signed record; sent again it is the one that is there."""
    amended = service.amend(
        unit.session,
        actor,
        visit_id,
        reason=body.reason,
        text=body.text,
        parts_version=body.parts_version,
        after=body.after,
        now=unit.now,
    )
    return _record(amended)


@router.get("/visits/{visit_id}/records")
def list_visit_records(actor: Reader, unit: WriteUnit, visit_id: UUID) -> list[RecordOut]:
    """Return the signed record and its amendments word for word, oldest first; on record."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
    return [_record(each) for each in queries.records_of(unit.session, visit)]


@router.post("/visits/{visit_id}/withdraw")
def withdraw_visit(
    actor: Opener, unit: WriteUnit, visit_id: UUID, body: WithdrawalIn, response: Response
) -> VisitOut:
    """Close a visit that will not take place; it stays readable."""
    visit = service.withdraw(unit.session, actor, visit_id, reason=body.reason, now=unit.now)
    return _visit(unit, visit, response)


@router.get("/diagnosis-codes")
def search_diagnosis_codes(
    actor: Reader, unit: ReadUnit, q: Annotated[str, Query(max_length=100)]
) -> list[CodeOut]:
    """Search the ICD-10 list in use by code, or by words with or without marks; what one often uses first."""
    found = codes.search_codes(unit.session, actor, q, now=unit.now)
    return [CodeOut.model_validate(row.model_dump(include=set(CodeOut.model_fields))) for row in found]


async def _require_proof(request: Request, actor: MembershipActor, secret: str) -> None:
    if not await prove(request, actor, secret):
        raise ForbiddenError("secret-wrong")


def _row(visit: Visit) -> dict[str, object]:
    return {name: getattr(visit, name) for name in VisitRow.model_fields}


def _visit(unit: Unit, visit: Visit, response: Response) -> VisitOut:
    set_version(response, queries.content_version(unit.session, visit))
    sections = queries.sections_of(unit.session, visit)
    return VisitOut.model_validate(
        {
            **_row(visit),
            "sections": [sections[name].model_dump() for name in Section if name in sections],
            "observations": _observations(unit, visit),
            "diagnoses": _diagnoses(unit, visit),
            "follow_up": _follow_up(visit),
            "missing": list(service.missing_parts(unit.session, visit, now=unit.now)),
        }
    )


def _observations(unit: Unit, visit: Visit) -> list[ObservationOut]:
    return [
        ObservationOut(
            code=code,
            loinc=MEASUREMENTS[code].loinc,
            value=row.value,
            unit=MEASUREMENTS[code].ucum,
            measured_by=row.measured_by,
            occurred_at=row.occurred_at,
        )
        for code, row in queries.observations_of(unit.session, visit).items()
    ]


def _diagnoses(unit: Unit, visit: Visit) -> DiagnosesOut:
    rows = queries.conditions_of(unit.session, visit)
    return DiagnosesOut(
        version=visit.diagnoses_version,
        diagnoses=[DiagnosisOut.model_validate(row.model_dump()) for row in rows],
    )


def _follow_up(visit: Visit) -> FollowUpOut:
    return FollowUpOut(
        version=visit.follow_up_version,
        on=visit.follow_up_on,
        slack_days=visit.follow_up_slack_days,
        facility_id=visit.follow_up_facility_id,
    )


def _record(row: SignedRecord) -> RecordOut:
    return RecordOut.model_validate({**row.model_dump(), "content": json.loads(row.canonical)})
