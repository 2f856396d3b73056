"""Prescriptions over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from telehealth.access.deps import AllowToken
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.prescriptions import finding, queries, service
from telehealth.prescriptions.models import Prescription
from telehealth.prescriptions.rules import Line, computed_total, total_of
from telehealth.prescriptions.schemas import (
    LineOut,
    MedicineOut,
    MedicinesOut,
    PrescriptionIn,
    PrescriptionOut,
    PrescriptionsOut,
    WarningOut,
)
from telehealth.prescriptions.states import PrescriptionState
from telehealth.prescriptions.warnings import warnings_for
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit

router = APIRouter(prefix="/api/v1", tags=["prescriptions"])

Reader = Annotated[Actor, AllowToken("visit.read")]
Prescriber = Annotated[MembershipActor, AllowToken("visit.prescribe")]


@router.get("/visits/{visit_id}/prescriptions")
def list_visit_prescriptions(
    actor: Reader, unit: WriteUnit, visit_id: UUID, response: Response
) -> PrescriptionsOut:
    """Return what is prescribed at a visit, as far as the reader may see it; on record."""
    return _all(unit, actor, read_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.put("/visits/{visit_id}/prescription")
def write_prescription(
    actor: Prescriber,
    unit: WriteUnit,
    visit_id: UUID,
    body: PrescriptionIn,
    version: IfMatch,
    response: Response,
) -> PrescriptionsOut:
    """Replace what is being prescribed; `"0"` where nothing was written yet."""
    lines = [each.line() for each in body.lines]
    service.write_lines(unit.session, actor, visit_id, lines, body.facts(), version=version, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.post("/visits/{visit_id}/prescription/replace", status_code=201)
def replace_prescription(
    actor: Prescriber, unit: WriteUnit, visit_id: UUID, response: Response
) -> PrescriptionsOut:
    """Begin what takes the place of the signed prescription; the next amendment signs it."""
    service.replace_prescription(unit.session, actor, visit_id, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.delete("/visits/{visit_id}/prescription", status_code=204)
def drop_draft(actor: Prescriber, unit: WriteUnit, visit_id: UUID, version: IfMatch) -> None:
    """Throw the draft away; what was signed stays in force."""
    service.drop_draft(unit.session, actor, visit_id, version=version, now=unit.now)


@router.get("/facilities/{facility_id}/medicines")
def search_medicines(
    _: Prescriber, unit: ReadUnit, facility_id: UUID, q: Annotated[str, Query(max_length=100)]
) -> MedicinesOut:
    """Search the list that holds at a facility, by beginnings of words with or without marks."""
    get_facility(unit.session, facility_id)
    formulary = finding.find_formulary(unit.session, facility_id)
    if formulary is None:
        return MedicinesOut(edition=None, is_reviewed=False, medicines=[])
    found = finding.search_medicines(unit.session, formulary.id, q)
    return MedicinesOut(
        edition=formulary.label,
        is_reviewed=formulary.approved_at is not None,
        medicines=[MedicineOut.model_validate(row.model_dump()) for row in found],
    )


def _of(unit: Unit, actor: Actor, visit_id: UUID, response: Response) -> PrescriptionsOut:
    return _all(unit, actor, get_visit(unit.session, actor, visit_id, now=unit.now), response)


def _all(unit: Unit, actor: Actor, visit: Visit, response: Response) -> PrescriptionsOut:
    session = unit.session
    version = queries.part_version(session, visit.id)
    set_version(response, version)
    rows = queries.list_prescriptions(session, actor, visit, now=unit.now)
    return PrescriptionsOut(
        version=version,
        is_being_written=queries.is_being_written(session, visit),
        prescriptions=[_prescription(unit, visit, row) for row in rows],
    )


def _prescription(unit: Unit, visit: Visit, row: Prescription) -> PrescriptionOut:
    session = unit.session
    lines, code = queries.lines_of(session, row), queries.code_of(session, row)
    is_draft = row.state == PrescriptionState.DRAFT
    warned = warnings_for(lines, queries.person_of(session, visit)) if is_draft else ()
    return PrescriptionOut.model_validate(
        {
            **row.model_dump(),
            "code": code.code if code else None,
            "code_state": code.state if code else None,
            "lines": [_line(line) for line in lines],
            "warnings": [
                WarningOut(
                    code=each.code,
                    line=each.line,
                    names=list(each.names),
                    needs_reason=each.needs_reason,
                    reason=each.reason,
                )
                for each in warned
            ],
            "signed": None if is_draft else queries.signed_content(session, row).content,
        }
    )


def _line(line: Line) -> LineOut:
    own = {name: getattr(line, name) for name in LineOut.model_fields if name != "computed_total"}
    return LineOut.model_validate(
        {
            **own,
            "moments": dict(line.moments),
            "total": total_of(line),
            "computed_total": computed_total(line),
        }
    )
