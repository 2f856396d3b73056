"""Check questions over the API: set, list, note what came of a call."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.access.rules import can
from telehealth.checks import queries, service
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.schemas import CheckIn, OutcomeIn, QuestionnaireOut, RoundOut, SeriesOut
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit

router = APIRouter(prefix="/api/v1", tags=["checks"])

Reader = Annotated[Actor, AllowToken("check.read")]
Setter = Annotated[MembershipActor, AllowToken("check.set")]
Caller = Annotated[MembershipActor, AllowToken("check.take")]
SheetReader = Annotated[Actor, AllowToken("questionnaire.read")]


@router.get("/questionnaires")
def list_questionnaires(_: SheetReader, unit: ReadUnit) -> list[QuestionnaireOut]:
    """List the newest version of each questionnaire."""
    rows = queries.list_questionnaires(unit.session)
    return [QuestionnaireOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/check-rounds")
def list_rounds(actor: Reader, unit: WriteUnit) -> list[RoundOut]:
    """List whom a station has to phone or to visit; for others, what became of the questions they set."""
    is_station = can(actor, "check.call")
    listing = queries.list_listed if is_station else queries.list_asked
    rows = listing(unit.session, actor, now=unit.now)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return [_round(row) for row in rows]


@router.post("/visits/{visit_id}/checks", status_code=201)
def set_checks(
    actor: Setter, unit: WriteUnit, visit_id: UUID, body: CheckIn, response: Response
) -> SeriesOut:
    """Set questions for the days after a signed visit."""
    get_visit(unit.session, actor, visit_id, now=unit.now)
    wanted = service.Wanted(questionnaire=body.questionnaire, days=tuple(body.days), via=body.via)
    series = service.set_checks(unit.session, actor, visit_id, wanted, now=unit.now)
    set_version(response, series.version)
    return _series(series)


@router.post("/checks/{series_id}/withdraw")
def withdraw_checks(
    actor: Setter, unit: WriteUnit, series_id: UUID, version: IfMatch, response: Response
) -> SeriesOut:
    """Ask no more; who is on a list stays there."""
    series = service.withdraw_checks(unit.session, actor, series_id, version=version, now=unit.now)
    set_version(response, series.version)
    return _series(series)


@router.post("/check-rounds/{round_id}/outcome")
def record_outcome(
    actor: Caller, unit: WriteUnit, round_id: UUID, body: OutcomeIn, version: IfMatch, response: Response
) -> RoundOut:
    """Note what came of a call or a visit at home."""
    said = service.Said(outcome=body.outcome, note=body.note, given=body.given)
    row = service.record_outcome(unit.session, actor, round_id, said, version=version, now=unit.now)
    set_version(response, row.version)
    return _round(row)


def _series(row: CheckSeries) -> SeriesOut:
    return SeriesOut.model_validate(row, from_attributes=True)


def _round(row: CheckRound) -> RoundOut:
    values = row.model_dump(include=set(RoundOut.model_fields))
    return RoundOut.model_validate({**values, "level": row.level or None})
