"""Routes of opening a record in an emergency, and of reviewing it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import Allow, prove
from telehealth.access.queries import is_visible
from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.patients import service
from telehealth.patients.models import Patient
from telehealth.patients.queries import card_of
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, Option, error_text, parse
from web.glass.forms import LookForm, OpenForm, ReviewForm
from web.glass.pages import OpenPage, ReviewsPage, reason_options
from web.glass.views import review_lines
from web.i18n import t
from web.patients.pages import person_line
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/break-glass", include_in_schema=False)

Opener = Annotated[MembershipActor, Allow("glass.break")]
Reviewer = Annotated[MembershipActor, Allow("glass.review")]


async def prove_opener(request: Request, actor: Opener, form: PostedForm) -> bool:
    """Check PIN or password before the unit of the act is opened."""
    return await prove(request, actor, form.get("secret"))


@router.get("")
def break_glass_page(request: Request, actor: Opener, unit: WriteUnit) -> Response:
    """Show the form."""
    return render(request, _page(unit, actor, FormView()))


@router.post("", dependencies=[CsrfProtected])
def break_glass(
    request: Request,
    actor: Opener,
    is_proven: Annotated[bool, Depends(prove_opener)],
    unit: WriteUnit,
    form: PostedForm,
) -> Response:
    """Look for whose record is meant; then open the one that was chosen."""
    is_opening = form.get("act") == "open"
    sent = parse(OpenForm if is_opening else LookForm, form)
    view = sent.view
    if is_opening and not is_proven:
        view = view.with_refusal(InvalidError("secret-wrong", field="secret"))
    if len(view["reason"].value.strip()) < 10:
        view = view.with_refusal(InvalidError("reason-too-short", field="reason", count=10))
    try:
        found = service.look_out(unit.session, actor, view["text"].value, now=unit.now)
    except DomainError as error:
        return render(request, _page(unit, actor, view.with_refusal(error)), error.status)
    if sent.value is None or view.errors:
        return render(request, _page(unit, actor, view, found if is_opening else None), 422)
    if not isinstance(sent.value, OpenForm):
        return render(request, _page(unit, actor, view, found))
    if is_visible(unit.session, actor, sent.value.chosen, now=unit.now):
        return redirect(f"/patients/{sent.value.chosen}")
    try:
        service.break_glass(
            unit.session,
            actor,
            sent.value.chosen,
            sent.value.text,
            reason_code=sent.value.reason_code,
            reason=sent.value.reason,
            now=unit.now,
        )
    except DomainError as error:
        view = view.with_error(getattr(error, "field", None) or "chosen", error_text(error))
        return render(request, _page(unit, actor, view, found), error.status)
    return redirect(f"/patients/{sent.value.chosen}?done=glass")


@router.get("/reviews")
def reviews_page(request: Request, actor: Reviewer, unit: WriteUnit, done: bool = False) -> Response:
    """Show what was opened; reading the list is on record."""
    flash = t("glass.reviewed_done") if done else ""
    return render(request, _reviews(unit, actor, FormView(), flash, is_noted=not is_refresh(request)))


@router.post("/{glass_id}/review", dependencies=[CsrfProtected])
def review_glass(
    request: Request, actor: Reviewer, unit: WriteUnit, glass_id: UUID, form: PostedForm
) -> Response:
    """Say whether it was justified, or print the list again with what is wrong."""
    sent = parse(ReviewForm, form)
    if sent.value is None:
        return render(request, _reviews(unit, actor, sent.view, ""), 422)
    try:
        service.review(unit.session, actor, glass_id, sent.value.verdict, note=sent.value.note, now=unit.now)
    except InvalidError as error:
        return render(request, _reviews(unit, actor, sent.view.with_refusal(error), ""), error.status)
    return redirect("/break-glass/reviews?done=true")


def _page(
    unit: Unit, actor: MembershipActor, view: FormView, found: Sequence[Patient] | None = None
) -> OpenPage:
    return OpenPage(
        form=view,
        reasons=reason_options(),
        candidates=_candidates(unit, found or ()),
        is_found=found is not None,
        may_review=can(actor, "glass.review"),
    )


def _candidates(unit: Unit, found: Sequence[Patient]) -> tuple[Option, ...]:
    """Return what tells people apart and nothing more: no number, no address."""
    places = names_of(unit.session, {patient.registered_facility_id for patient in found})
    return tuple(
        Option(
            str(patient.id),
            patient.full_name,
            f"{person_line(card_of(unit.session, patient, now=unit.now)).about}, "
            f"{places[patient.registered_facility_id]}",
        )
        for patient in found
    )


def _reviews(
    unit: Unit, actor: MembershipActor, view: FormView, flash: str, *, is_noted: bool = True
) -> ReviewsPage:
    rows = service.read_reviews(unit.session, actor, now=unit.now, is_noted=is_noted)
    return ReviewsPage(flash=flash, form=view, lines=review_lines(unit, actor, rows))
