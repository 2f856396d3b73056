"""Comparing two records, merging them, telling them apart, and undoing a merge."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError, NotFoundError
from telehealth.patients import service
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from web.alike.forms import MergeForm, UndoForm
from web.alike.views import compare_page
from web.forms import FormView, error_text, parse
from web.patients.record import record_page
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/patients", include_in_schema=False)

Merger = Annotated[MembershipActor, Allow("patient.merge")]


@router.get("/{patient_id}/alike/{other_id}")
def compare_patients_page(
    request: Request, actor: Merger, unit: WriteUnit, patient_id: UUID, other_id: UUID
) -> Response:
    """Show two records side by side; both looks are on record."""
    here, there = _both(unit, actor, patient_id, other_id)
    return render(request, compare_page(unit, actor, here, there, FormView()))


@router.post("/{patient_id}/alike/{other_id}/merge", dependencies=[CsrfProtected])
def merge_patients(
    request: Request, actor: Merger, unit: WriteUnit, patient_id: UUID, other_id: UUID, form: PostedForm
) -> Response:
    """Merge them, or print the page again with what is wrong."""
    here, there = _both(unit, actor, patient_id, other_id)
    sent = parse(MergeForm, form)
    if sent.value is None:
        return render(request, compare_page(unit, actor, here, there, sent.view), 422)
    kept = sent.value.kept
    try:
        if kept not in (patient_id, other_id):
            raise InvalidError("code-unknown", field="kept")
        merged = other_id if kept == patient_id else patient_id
        service.merge(
            unit.session, actor, kept_id=kept, merged_id=merged, reason=sent.value.reason, now=unit.now
        )
    except DomainError as error:
        view = sent.view.with_error(getattr(error, "field", None) or "kept", error_text(error))
        return render(request, compare_page(unit, actor, here, there, view), error.status)
    return redirect(f"/patients/{kept}?done=merged")


@router.post("/{patient_id}/alike/{other_id}/apart", dependencies=[CsrfProtected])
def tell_patients_apart(actor: Merger, unit: WriteUnit, patient_id: UUID, other_id: UUID) -> Response:
    """Remember that they are two people."""
    service.tell_apart(unit.session, actor, patient_id, other_id, now=unit.now)
    return redirect(f"/patients/{patient_id}?done=apart")


@router.post("/{patient_id}/merges/{merge_id}/undo", dependencies=[CsrfProtected])
def undo_merge(
    request: Request, actor: Merger, unit: WriteUnit, patient_id: UUID, merge_id: UUID, form: PostedForm
) -> Response:
    """Take a merge back, or say on the record that it wants a reason."""
    sent = parse(UndoForm, form)
    if sent.value is None:
        page = record_page(actor, unit, patient_id, FormView(), "")
        return render(request, replace(page, fault=sent.view["reason"].error), 422)
    reason = sent.value.reason
    row = service.undo_merge(unit.session, actor, merge_id, reason=reason, now=unit.now)
    if row.kept_id != patient_id:
        raise NotFoundError("merge-not-found")
    return redirect(f"/patients/{patient_id}?done=parted")


def _both(unit: Unit, actor: MembershipActor, patient_id: UUID, other_id: UUID) -> tuple[Patient, Patient]:
    one = service.read_patient(unit.session, actor, patient_id, now=unit.now)
    return one, service.read_patient(unit.session, actor, other_id, now=unit.now)
