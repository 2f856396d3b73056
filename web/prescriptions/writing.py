"""What is posted while prescribing: the lines as a whole, nothing typed is ever lost."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import check
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.patients.queries import birth_of
from telehealth.patients.rules import ADULT_FROM, AgeUnit, age
from telehealth.prescriptions import finding, service
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from web.forms import parse
from web.prescriptions.forms import (
    COLUMNS,
    PrescriptionForm,
    Row,
    facts_from,
    lines_from,
    row_of,
    rows_of,
    without_rows,
)
from web.prescriptions.views import Desk, Typed, medicine_views, open_desk, prescription_page, warned_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Prescriber = Annotated[MembershipActor, Allow("visit.prescribe")]

CLASH = 422
"""htmx swaps answers of this status; a conflict must reach the page with both texts."""

PART = "part-prescription"


@router.post("/visits/{visit_id}/prescription", dependencies=[CsrfProtected])
def write_prescription(
    request: Request, actor: Prescriber, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save the lines, with what a button adds or takes away; or search the list of medicines."""
    visit = _visit(unit, actor, visit_id)
    rows, sent = rows_of(form), parse(PrescriptionForm, without_rows(form)).value
    if sent is None:
        raise InvalidError("invalid-input")
    if sent.keep == "theirs":
        return _saved(request, open_desk(unit, actor, visit), part=PART)
    if sent.act == "search" and sent.q:
        desk = open_desk(unit, actor, visit)
        found = finding.search_medicines(unit.session, desk.formulary.id, sent.q) if desk.formulary else []
        if len(found) != 1:
            typed = Typed(rows, sent)
            page = prescription_page(desk, typed=typed, medicines=medicine_views(found))
            return render(request, page, part="medicines")
        # Enter takes the only one there is.
        sent = sent.model_copy(update={"pick": found[0].id})
    try:
        wanted = _after_act(unit, actor, visit, rows, sent)
        version = sent.theirs if sent.keep and sent.theirs is not None else sent.version
        with unit.session.begin_nested():
            service.write_lines(
                unit.session,
                actor,
                visit.id,
                lines_from(wanted),
                facts_from(sent),
                version=version,
                now=unit.now,
            )
    except (InvalidError, StaleError) as error:
        if isinstance(error, InvalidError) and error.code == "invalid-input":
            raise
        desk = open_desk(unit, actor, visit)
        is_clash = isinstance(error, StaleError)
        typed = Typed(rows, sent, None if is_clash else error, is_clash=is_clash)  # type: ignore[arg-type]
        return render(request, prescription_page(desk, typed=typed), CLASH)
    desk = open_desk(unit, actor, visit)
    is_changed = wanted != rows or sent.keep is not None or warned_of(desk) != sent.warned
    if is_changed:
        return _saved(request, desk, part=PART)
    return _saved(request, desk, part="", typed=Typed(rows, sent, is_saved=True))


@router.post("/visits/{visit_id}/prescription/replace", dependencies=[CsrfProtected])
def begin_replacement(actor: Prescriber, unit: WriteUnit, visit_id: UUID, _form: PostedForm) -> Response:
    """Begin what takes the place of a signed prescription."""
    service.replace_prescription(unit.session, actor, visit_id, now=unit.now)
    return redirect(f"/visits/{visit_id}/prescription")


@router.post("/visits/{visit_id}/prescription/drop", dependencies=[CsrfProtected])
def drop_replacement(actor: Prescriber, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Throw away what was begun; the signed prescription stays in force."""
    version = str(form.get("version", ""))
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise InvalidError("invalid-input")
    service.drop_draft(unit.session, actor, visit_id, version=int(version), now=unit.now)
    return redirect(f"/visits/{visit_id}/prescription?done=dropped")


def _visit(unit: Unit, actor: MembershipActor, visit_id: UUID) -> Visit:
    visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
    check(actor, "visit.prescribe", visit)
    return visit


def _after_act(
    unit: Unit, actor: MembershipActor, visit: Visit, rows: Sequence[Row], sent: PrescriptionForm
) -> list[Row]:
    """Return the rows after a button: a medicine picked, free, repeat, remove:1, or none."""
    changed = list(rows)
    kind, _, value = sent.act.partition(":")
    if sent.pick is not None:
        changed.append(_picked(unit, visit, sent.pick))
    elif kind == "free" and sent.q:
        changed.append(Row(dict.fromkeys(COLUMNS, "") | {"generic_name": sent.q}))
    elif kind == "repeat":
        again = service.lines_again(unit.session, actor, visit, now=unit.now)
        changed += [_without_dose(unit, visit, row_of(line)) for line in again]
    elif kind == "remove" and value.isdecimal() and len(value) < 4 and int(value) < len(changed):
        changed.pop(int(value))
    return changed


def _picked(unit: Unit, visit: Visit, medicine_id: UUID) -> Row:
    """Return the row a medicine begins with."""
    found = finding.usable_medicines(unit.session, visit.station_facility_id, [medicine_id])
    if medicine_id not in found:
        raise InvalidError("medicine-not-found")
    return _without_dose(unit, visit, row_of(service.line_of(found[medicine_id])))


def _without_dose(unit: Unit, visit: Visit, row: Row) -> Row:
    """Return the row; for a child without its dose: usual is what the grown take, and children grow."""
    years = age(
        birth_of(unit.session.get_one(Patient, visit.patient_id)),
        policy_of(unit.session).local_date(unit.now),
    )
    is_grown = years.unit is AgeUnit.YEARS and years.count >= ADULT_FROM
    return row if is_grown else Row({**row.typed, "dose": "", "times": ""})


def _saved(request: Request, desk: Desk, *, part: str, typed: Typed | None = None) -> Response:
    """Answer a save: htmx gets the part anew and tells the page, a browser without script goes back."""
    if "hx-request" not in request.headers:
        return redirect(desk.action)
    response = render(request, prescription_page(desk, typed=typed), part=part)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response
