"""Lists of medicines: seen and approved by whoever leads."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.prescriptions import finding, service
from telehealth.prescriptions.models import Formulary, Medicine
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.staff.rules import Role
from web.formatting import date_text, number_text
from web.formularies.pages import FormulariesPage, FormularyPage, ListLine, heads
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/formularies", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("formulary.read")]
Approver = Annotated[MembershipActor, Allow("formulary.approve")]

SHOWN = 100


@router.get("")
def list_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """List the lists of one's facility and of the program."""
    found = finding.list_formularies(unit.session, actor.here)
    return render(request, FormulariesPage(lists=tuple(_line(unit, each) for each in found)))


@router.get("/{formulary_id}")
def one_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    formulary_id: UUID,
    q: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
    done: str = "",
) -> Response:
    """Show the medicines of a list, searched or in the order of their codes."""
    session = unit.session
    formulary = finding.get_formulary(session, formulary_id, actor.here)
    if q:
        found = finding.search_medicines(session, formulary.id, q, limit=SHOWN)
    else:
        found = finding.list_medicines(session, formulary.id, after=after, limit=SHOWN)
    here = f"/formularies/{formulary.id}"
    is_own = formulary.facility_id is not None or actor.role is Role.ADMIN
    may = can(actor, "formulary.approve") and is_own and formulary.approved_at is None
    more = len(found) == SHOWN and not q
    page = FormularyPage(
        here=here,
        about=_line(unit, formulary),
        q=q,
        heads=heads(),
        rows=tuple(_row(each) for each in found),
        more_href=f"{here}?{urlencode({'after': found[-1].code})}" if more else "",
        approve_action=f"{here}/approve" if may else "",
        flash=t("formularies.approved_flash") if done == "approved" else "",
    )
    return render(request, page)


@router.post("/{formulary_id}/approve", dependencies=[CsrfProtected])
def approve(actor: Approver, unit: WriteUnit, formulary_id: UUID, _form: PostedForm) -> Response:
    """Say in one's own name that a list was reviewed."""
    service.approve(unit.session, actor, formulary_id, now=unit.now)
    return redirect(f"/formularies/{formulary_id}?done=approved")


def _line(unit: Unit, row: Formulary) -> ListLine:
    zone = policy_of(unit.session).zone
    place = t("formularies.own")
    if row.facility_id is not None:
        place = names_of(unit.session, [row.facility_id])[row.facility_id]
    state = t("formularies.unreviewed")
    if row.approved_at is not None and row.approved_by is not None:
        by = describe(unit.session, {row.approved_by})[row.approved_by]
        state = t("formularies.approved", name=by.name, date=date_text(row.approved_at, zone))
    is_fine = row.approved_at is not None
    return ListLine(
        href=f"/formularies/{row.id}",
        title=row.label,
        place=place,
        note=t("formularies.about", count=row.medicines, date=date_text(row.imported_at, zone)),
        state=state,
        kind="ok" if is_fine else "soon",
        icon="circle-check" if is_fine else "alert-circle",
    )


def _row(row: Medicine) -> tuple[str, ...]:
    name = " ".join(
        part
        for part in (row.generic_name, f"({row.brand_name})" if row.brand_name else "", row.strength)
        if part
    )
    dose = f"{number_text(row.dose)} {row.unit}" if row.dose is not None else ""
    often = f"× {row.times}" if row.times else ""
    days = t("formularies.days", count=row.days) if row.days else ""
    usual = ", ".join(part for part in (f"{dose} {often}".strip(), days) if part)
    return (name, f"{row.form}, {row.route}", usual or "–", ", ".join(row.groups) or "–", row.source)
