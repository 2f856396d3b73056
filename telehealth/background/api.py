"""What a patient carries, over the API: added, ended, heard again, confirmed; a pregnancy dated and ended."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.background import queries, service
from telehealth.background.models import PatientFact
from telehealth.background.schemas import (
    BackgroundOut,
    ConfirmationIn,
    ConfirmationOut,
    FactChangeIn,
    FactIn,
    FactOut,
    HeardIn,
    PregnancyEndIn,
    PregnancyIn,
    PregnancyOut,
)
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.patients.service import read_patient
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit

router = APIRouter(prefix="/api/v1", tags=["background"])

Reader = Annotated[Actor, AllowToken("visit.read")]
Asker = Annotated[MembershipActor, AllowToken("visit.measure")]


@router.get("/visits/{visit_id}/background")
def read_background(actor: Reader, unit: WriteUnit, visit_id: UUID, response: Response) -> BackgroundOut:
    """Return what the patient carries and what this visit confirmed; reading it is on record."""
    return _background(unit, read_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.get("/patients/{patient_id}/facts")
def list_patient_facts(actor: Reader, unit: WriteUnit, patient_id: UUID) -> list[FactOut]:
    """List what a patient carries, before any visit is opened; reading it is on record."""
    read_patient(unit.session, actor, patient_id, now=unit.now)
    carried = queries.list_carried(unit.session, actor, patient_id, now=unit.now)
    return [FactOut.model_validate(row.model_dump()) for row in carried]


@router.post("/visits/{visit_id}/background/facts", status_code=201)
def add_fact(actor: Asker, unit: WriteUnit, visit_id: UUID, body: FactIn, response: Response) -> FactOut:
    """Note something the patient carries from now on."""
    row = service.add_fact(unit.session, actor, visit_id, body.kind, body.text, now=unit.now)
    return _fact(row, response)


@router.put("/visits/{visit_id}/background/facts/{fact_id}")
def change_fact(
    actor: Asker,
    unit: WriteUnit,
    visit_id: UUID,
    fact_id: UUID,
    body: FactChangeIn,
    version: IfMatch,
    response: Response,
) -> FactOut:
    """End a fact, call it a mistake, or take that back."""
    row = service.end_fact(unit.session, actor, visit_id, fact_id, body.status, version=version, now=unit.now)
    return _fact(row, response)


@router.post("/visits/{visit_id}/background/confirmations")
def confirm_facts(
    actor: Asker, unit: WriteUnit, visit_id: UUID, body: ConfirmationIn, response: Response
) -> BackgroundOut:
    """Say of one kind that it was asked about and is unchanged, or that there is none."""
    service.confirm_facts(unit.session, actor, visit_id, body.kind, shown=frozenset(body.shown), now=unit.now)
    return _background(unit, get_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.post("/visits/{visit_id}/background/heard-again")
def hear_facts_again(
    actor: Asker, unit: WriteUnit, visit_id: UUID, body: HeardIn, response: Response
) -> BackgroundOut:
    """End what no longer holds of all that was shown and confirm the rest, in one act."""
    heard = service.Heard(shown=frozenset(body.shown), over=frozenset(body.over), is_true=body.is_true)
    service.hear_again(unit.session, actor, visit_id, heard, now=unit.now)
    return _background(unit, get_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.put("/visits/{visit_id}/pregnancy")
def date_pregnancy(
    actor: Asker, unit: WriteUnit, visit_id: UUID, body: PregnancyIn, version: IfMatch, response: Response
) -> PregnancyOut:
    """Note a pregnancy or correct the one that is known; `"0"` where none was."""
    row = service.date_pregnancy(
        unit.session, actor, visit_id, **body.model_dump(), version=version, now=unit.now
    )
    set_version(response, row.version)
    return PregnancyOut.of(row, today=policy_of(unit.session).local_date(unit.now))


@router.post("/visits/{visit_id}/pregnancy/end")
def end_pregnancy(
    actor: Asker, unit: WriteUnit, visit_id: UUID, body: PregnancyEndIn, version: IfMatch, response: Response
) -> PregnancyOut:
    """Say that the pregnancy is over since a day."""
    row = service.end_pregnancy(
        unit.session, actor, visit_id, ended_on=body.ended_on, version=version, now=unit.now
    )
    set_version(response, row.version)
    return PregnancyOut.of(row, today=policy_of(unit.session).local_date(unit.now))


def _fact(row: PatientFact, response: Response) -> FactOut:
    set_version(response, row.version)
    return FactOut.model_validate(row.model_dump())


def _background(unit: Unit, visit: Visit, response: Response) -> BackgroundOut:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    version = queries.facts_version(session, visit)
    set_version(response, version)
    pregnancy = queries.find_pregnancy(session, visit.patient_id)
    confirmed = queries.confirmations_of(session, visit)
    return BackgroundOut(
        version=version,
        facts=[FactOut.model_validate(row.model_dump()) for row in queries.facts_of(session, visit)],
        past=[
            FactOut.model_validate(row.model_dump())
            for row in queries.facts_of(session, visit, is_active=False)
        ],
        confirmed=[ConfirmationOut.model_validate(row.model_dump()) for row in confirmed.values()],
        pregnancy=PregnancyOut.of(pregnancy, today=today) if pregnancy else None,
    )
