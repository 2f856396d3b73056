"""Opening the record another facility holds, from the search: the exact number, a reason, the consents."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.queries import is_visible
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients import service
from telehealth.patients.rules import parse_birth
from telehealth.patients.typed import read_search
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, error_text, parse
from web.patients.checking import with_agreement_refusals
from web.patients.forms import MeetForm
from web.patients.pages import MeetPage, choices, consent_choices, text_view
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/patients", include_in_schema=False)

Registrar = Annotated[MembershipActor, Allow("patient.register")]

_FIELDS = {"reason": "meet_reason", "number": "meet_reason", "purposes": "agrees_data"}


@router.post("/meet/ask", dependencies=[CsrfProtected])
def ask_elsewhere(request: Request, actor: Registrar, unit: WriteUnit, form: PostedForm) -> Response:
    """Look for a number in any facility; one's own patient is opened at once."""
    today = policy_of(unit.session).local_date(unit.now)
    number = read_search(str(form.get("text", ""))[:300], today=today).person_number or ""
    found = service.look_elsewhere(unit.session, actor, number, now=unit.now) if number else None
    if found is not None and is_visible(unit.session, actor, found.id, now=unit.now):
        return redirect(f"/patients/{found.id}")
    return render(request, _page(unit, number, FormView(), is_known=found is not None))


@router.post("/meet", dependencies=[CsrfProtected])
def meet_patient_page(request: Request, actor: Registrar, unit: WriteUnit, form: PostedForm) -> Response:
    """Open the record, or print the form again with what is wrong."""
    sent = parse(MeetForm, form)
    today = policy_of(unit.session).local_date(unit.now)
    number = str(form.get("number", ""))[:30]
    checked = with_agreement_refusals(sent.view, MeetForm, today=today)
    if sent.value is None or checked.errors:
        return render(request, _page(unit, number, checked, is_known=True), 422)
    try:
        patient = consents.meet_with_consents(
            unit.session,
            actor,
            sent.value.consents(),
            parse_birth(sent.value.birth, today=today),
            number=number,
            kind="cccd" if len(number) == 12 else "bhyt",
            reason=sent.value.meet_reason,
            now=unit.now,
        )
    except DomainError as error:
        field = getattr(error, "field", None) or "meet_reason"
        view = sent.view.with_error(_FIELDS.get(field, field), error_text(error))
        return render(request, _page(unit, number, view, is_known=True), error.status)
    return redirect(f"/patients/{patient.id}?done=met")


def _page(unit: Unit, number: str, view: FormView, *, is_known: bool) -> MeetPage:
    return MeetPage(
        is_known=is_known,
        number=number,
        form=view,
        choices=choices(),
        agreeing=consent_choices(),
        texts={text.purpose: text_view(text) for text in consent_queries.list_texts(unit.session)},
    )
