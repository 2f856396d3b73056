"""Registering a patient, or being led to the record that is there already."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.patients import queries
from telehealth.patients.errors import KnownElsewhereError, MaybeKnownError, PatientKnownError
from telehealth.patients.models import Patient
from telehealth.patients.rules import Birth, parse_birth
from telehealth.staff.actors import MembershipActor
from web.alike.views import probable_line
from web.forms import FormView, filled, parse
from web.patients.checking import with_refusals
from web.patients.forms import RegistrationForm, values_from_search
from web.patients.pages import RegisterPage, choices, consent_choices, person_line, text_view
from web.render import redirect, render
from web.security import CSRF_FIELD, CsrfProtected, PostedForm

router = APIRouter(prefix="/patients", include_in_schema=False)

Registrar = Annotated[MembershipActor, Allow("patient.register")]


@router.get("/new")
def register_patient_page(request: Request, actor: Registrar, unit: WriteUnit) -> Response:
    """Show the empty form."""
    return render(request, _page(actor, unit, filled(_beginning())))


@router.post("/new/fill", dependencies=[CsrfProtected])
def fill_patient_page(request: Request, actor: Registrar, unit: WriteUnit, form: PostedForm) -> Response:
    """Show the form with what a scanned card or a search tells, beside what was typed already."""
    typed = {
        name: tuple(value for value in form.getlist(name) if isinstance(value, str))
        for name in form
        if name not in (CSRF_FIELD, "text")
    }
    today = policy_of(unit.session).local_date(unit.now)
    told = filled({**_beginning(), **values_from_search(str(form.get("text", ""))[:300], today=today)})
    kept = {name: values for name, values in typed.items() if any(values)}
    return render(request, _page(actor, unit, FormView({**kept, **told.typed, **_fixed(kept)})))


@router.post("/new", dependencies=[CsrfProtected])
def send_patient_page(request: Request, actor: Registrar, unit: WriteUnit, form: PostedForm) -> Response:
    """Register, meet a patient of another facility, or print the form again with what is wrong."""
    sent = parse(RegistrationForm, form)
    today = policy_of(unit.session).local_date(unit.now)
    is_meeting = sent.value is not None and sent.value.act == "meet"
    view = sent.view if is_meeting else with_refusals(sent.view, RegistrationForm, today=today)
    if sent.value is None or view.errors:
        return render(request, _page(actor, unit, view), 422)
    try:
        birth = parse_birth(sent.value.birth, today=today)
        if sent.value.act == "meet":
            patient = _meet(actor, unit, sent.value, birth)
        else:
            registration = sent.value.registration(birth, today)
            given = sent.value.consents()
            patient = consents.register_with_consents(unit.session, actor, registration, given, now=unit.now)
    except DomainError as error:
        view = sent.value.refused(sent.view, error)
        return render(request, _page(actor, unit, view, error, sent.value), error.status)
    done = "met" if sent.value.act == "meet" else "registered"
    return redirect(f"/patients/{patient.id}?done={done}")


def _beginning() -> dict[str, object]:
    return {"id": new_id(), "language": "vi", "phone_relation": "self", "phone2_relation": "relative"}


def _fixed(kept: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return what a scan must not reset: the id of this registration and choices made."""
    names = [name for name in _beginning() if name in kept]
    return {name: kept[name] for name in names}


def _meet(actor: MembershipActor, unit: Unit, form: RegistrationForm, birth: Birth) -> Patient:
    for kind, number in (("cccd", form.cccd), ("bhyt", form.bhyt)):
        if number and queries.find_holder(unit.session, number):
            return consents.meet_with_consents(
                unit.session,
                actor,
                form.consents(),
                birth,
                number=number,
                kind=kind,
                reason=form.meet_reason,
                now=unit.now,
            )
    raise InvalidError("number-needed", field="cccd")


def _page(
    actor: MembershipActor,
    unit: Unit,
    view: FormView,
    error: DomainError | None = None,
    form: RegistrationForm | None = None,
) -> RegisterPage:
    session, now = unit.session, unit.now
    maybe = error.probable if isinstance(error, MaybeKnownError) else ()
    known = [error.patient_id] if isinstance(error, PatientKnownError) else []
    cards = queries.find_cards(session, actor, known, now=now)
    is_meeting = form is not None and form.act == "meet"
    return RegisterPage(
        form=view,
        choices=choices(),
        agreeing=consent_choices(),
        texts={text.purpose: text_view(text) for text in consent_queries.list_texts(session)},
        maybe=tuple(probable_line(each) for each in maybe),
        known=next((person_line(cards[each]) for each in known if each in cards), None),
        is_elsewhere=isinstance(error, KnownElsewhereError) or is_meeting,
    )
