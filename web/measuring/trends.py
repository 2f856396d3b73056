"""Routes of trends and of the ranges values are judged by."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import card_of, get_patient
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import RangeApproval
from telehealth.visits.ranges import RANGES, RangeRow
from web.formatting import datetime_text
from web.forms import FormView, error_text, parse
from web.i18n import t
from web.measuring.charts import charts_of
from web.measuring.forms import ApproveForm, WithdrawForm
from web.measuring.pages import RangesPage, TrendsPage
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.judging import judging_of
from web.visits.people import about_text
from web.visits.vitals import value_text

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Looker = Annotated[MembershipActor, Allow("ranges.read")]
Approver = Annotated[MembershipActor, Allow("ranges.approve")]

DONE = {"approved": "measuring.ranges.approved_flash", "withdrawn": "measuring.ranges.withdrawn_flash"}
_UNITS = {"d": "days", "m": "months", "y": "years"}


@router.get("/patients/{patient_id}/trends")
def trends_page(request: Request, actor: Reader, unit: WriteUnit, patient_id: UUID) -> Response:
    """Show every measurement over the visits the reader may see; the look is on record."""
    session, now = unit.session, unit.now
    patient = get_patient(session, actor, patient_id, now=now)
    card = card_of(session, patient, now=now)
    today = policy_of(session).local_date(now)
    rows = queries.trends_of(session, actor, patient.id, now=now)
    facts = {"trends": sorted(rows)}
    record(
        session,
        actor,
        "visit.read",
        subject_kind="patient",
        subject_id=patient.id,
        patient_id=patient.id,
        facts=facts,
        now=now,
    )
    judging = judging_of(session, card, today)
    page = TrendsPage(
        back_href=f"/patients/{patient.id}",
        back=card.full_name,
        name=card.full_name,
        about=about_text(card),
        charts=charts_of(rows, judging=judging, zone=policy_of(session).zone),
    )
    return render(request, page)


@router.get("/ranges")
def ranges_page(request: Request, actor: Looker, unit: ReadUnit, done: str = "") -> Response:
    """Show the ranges, their sources, and who stands for them."""
    return render(request, _ranges(unit, actor, FormView(), t(DONE[done]) if done in DONE else ""))


@router.post("/ranges/approve", dependencies=[CsrfProtected])
def approve(request: Request, actor: Approver, unit: WriteUnit, form: PostedForm) -> Response:
    """Stand for the ranges by name."""
    sent = parse(ApproveForm, form)
    if sent.value is None:
        return render(request, _ranges(unit, actor, sent.view), 422)
    try:
        service.approve_ranges(unit.session, actor, version=sent.value.version, now=unit.now)
    except DomainError as error:
        view = sent.view.with_error("", error_text(error))
        return render(request, _ranges(unit, actor, view), error.status)
    return redirect("/ranges?done=approved")


@router.post("/ranges/approvals/{approval_id}/withdraw", dependencies=[CsrfProtected])
def withdraw(
    request: Request, actor: Approver, unit: WriteUnit, approval_id: UUID, form: PostedForm
) -> Response:
    """Take an approval back with a reason."""
    sent = parse(WithdrawForm, form)
    if sent.value is None:
        return render(request, _ranges(unit, actor, sent.view), 422)
    service.withdraw_approval(unit.session, actor, approval_id, reason=sent.value.reason, now=unit.now)
    return redirect("/ranges?done=withdrawn")


def _ranges(unit: Unit, actor: MembershipActor, form: FormView, flash: str = "") -> RangesPage:
    standing = service.find_approval(unit.session)
    zone = policy_of(unit.session).zone
    approvals = service.list_approvals(unit.session)

    def said(each: RangeApproval) -> str:
        text = t(
            "measuring.ranges.approved_by",
            name=each.approved_name,
            version=each.version,
            time=datetime_text(each.approved_at, zone),
        )
        if each.withdrawn_at is None:
            return text
        time = datetime_text(each.withdrawn_at, zone)
        return f"{text} {t('measuring.ranges.withdrawn', time=time, reason=each.withdrawn_reason)}"

    return RangesPage(
        version=RANGES.version,
        rows=tuple(_row(row) for row in RANGES.rows)
        + tuple(_row(row, is_pregnant=True) for row in RANGES.pregnant),
        approvals=tuple((str(each.id), said(each)) for each in approvals),
        approval_id=str(standing.id) if standing else "",
        is_approved=standing is not None,
        may_approve=can(actor, "ranges.approve"),
        form=form,
        flash=flash,
    )


def _row(row: RangeRow, *, is_pregnant: bool = False) -> tuple[str, str, str, str, str]:
    age = t("measuring.ranges.ages", start=_age(row.from_age), end=_age(row.to_age))
    limits = tuple("–".join(value_text(row.code, each) for each in limit) for limit in (row.normal, row.soon))
    who = f"{t('measuring.ranges.pregnant')}, {age}" if is_pregnant else age
    return t(f"visits.vitals.{row.code}"), who, limits[0], limits[1], row.source


def _age(text: str) -> str:
    return t(f"visits.ages.{_UNITS[text[-1]]}", count=int(text[:-1]))
