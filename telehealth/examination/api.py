"""The examination over the API: one item at a time, the rest normal, another template."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from telehealth.access.deps import AllowToken
from telehealth.background.service import is_pregnant
from telehealth.examination import queries, service
from telehealth.examination.models import ExaminationItem, RecordTemplate
from telehealth.examination.rules import read_content
from telehealth.examination.schemas import ExaminationOut, ItemIn, ItemOut, TemplateChoiceIn, TemplateOut
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit

router = APIRouter(prefix="/api/v1", tags=["examination"])

Reader = Annotated[Actor, AllowToken("visit.read")]
Writer = Annotated[MembershipActor, AllowToken("visit.write")]
TemplateReader = Annotated[Actor, AllowToken("template.read")]
Item = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


@router.get("/record-templates")
def list_record_templates(_: TemplateReader, unit: ReadUnit) -> list[TemplateOut]:
    """List the newest version of each template."""
    return [_template(row) for row in queries.list_templates(unit.session)]


@router.get("/visits/{visit_id}/examination")
def read_examination(actor: Reader, unit: WriteUnit, visit_id: UUID, response: Response) -> ExaminationOut:
    """Return what was found so far, and what the template asks for; reading it is on record."""
    return _examination(unit, read_visit(unit.session, actor, visit_id, now=unit.now), response)


@router.put("/visits/{visit_id}/examination/items/{item}")
def write_examination_item(
    actor: Writer,
    unit: WriteUnit,
    visit_id: UUID,
    item: Item,
    body: ItemIn,
    version: IfMatch,
    response: Response,
) -> ItemOut:
    """Write one item against the version it was read at; `"0"` where there is none yet."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    today = policy_of(unit.session).local_date(unit.now)
    row = service.put_item(
        unit.session,
        actor,
        visit_id,
        item,
        body.state,
        body.text,
        version=version,
        today=today,
        is_pregnant=is_pregnant(unit.session, visit.patient_id, on=today),
        now=unit.now,
    )
    set_version(response, row.version)
    return _item(row)


@router.post("/visits/{visit_id}/examination/rest-normal")
def mark_rest_normal(actor: Writer, unit: WriteUnit, visit_id: UUID, response: Response) -> ExaminationOut:
    """Say of every system nothing is written of that it is normal."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    today = policy_of(unit.session).local_date(unit.now)
    pregnant = is_pregnant(unit.session, visit.patient_id, on=today)
    service.mark_rest_normal(unit.session, actor, visit_id, today=today, is_pregnant=pregnant, now=unit.now)
    return _examination(unit, visit, response)


@router.put("/visits/{visit_id}/examination/template")
def choose_record_template(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: TemplateChoiceIn, response: Response
) -> ExaminationOut:
    """Write the visit in another template from now on; what is written stays."""
    service.choose_template(unit.session, actor, visit_id, body.code, now=unit.now)
    return _examination(unit, get_visit(unit.session, actor, visit_id, now=unit.now), response)


def _examination(unit: Unit, visit: Visit, response: Response) -> ExaminationOut:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    pregnant = is_pregnant(session, visit.patient_id, on=today)
    template = service.template_of(session, visit, today=today, is_pregnant=pregnant)
    written = [row for row in queries.items_of(session, visit).values() if row.state]
    version = queries.version_of(session, visit)
    set_version(response, version)
    rows = service.in_order(read_content(template.content), written)
    return ExaminationOut(version=version, template=_template(template), items=[_item(row) for row in rows])


def _template(row: RecordTemplate) -> TemplateOut:
    named = {"code": row.code, "version": row.version, "name": row.name}
    return TemplateOut.model_validate({**named, **read_content(row.content).as_json()})


def _item(row: ExaminationItem) -> ItemOut:
    return ItemOut.model_validate(row.model_dump())
