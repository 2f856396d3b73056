"""The patients' pages: find, read, change; consents."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.queries import current_id
from telehealth.access.rules import can
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.consents.rules import OFFERED, Purpose
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.kit.policy import policy_of
from telehealth.patients import queries, service
from telehealth.patients.errors import PatientKnownError
from telehealth.patients.finding import FOUND_AT_MOST
from telehealth.patients.models import Patient
from telehealth.patients.rules import is_child, parse_birth
from telehealth.patients.service import ContactDetails
from telehealth.patients.typed import read_search
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, filled, parse
from web.i18n import t
from web.patients.checking import with_refusals
from web.patients.forms import PHONES, ChangeForm, ConsentForm, stored_values
from web.patients.pages import (
    ConsentSheetPage,
    EditPage,
    SearchPage,
    choices,
    person_line,
    text_view,
    understood,
)
from web.patients.record import record_page
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/patients", include_in_schema=False)

Finder = Annotated[MembershipActor, Allow("patient.find")]
Reader = Annotated[MembershipActor, Allow("patient.read")]
Changer = Annotated[MembershipActor, Allow("patient.change")]
Recorder = Annotated[MembershipActor, Allow("consent.record")]


@router.get("")
def patients_page(request: Request, actor: Finder, unit: WriteUnit) -> Response:
    """Show those seen lately, and the search."""
    return _search(request, actor, unit, "")


@router.post("", dependencies=[CsrfProtected])
def find_patients_page(request: Request, actor: Finder, unit: WriteUnit, form: PostedForm) -> Response:
    """Search. Posted, so that no name or number stands in an address or a log."""
    return _search(request, actor, unit, str(form.get("text", ""))[:300])


@router.get("/{patient_id}")
def patient_page(
    request: Request, actor: Reader, unit: WriteUnit, patient_id: UUID, done: str = ""
) -> Response:
    """Show a patient's record; the look is on record. Of a merged record, the one that is current."""
    current = current_id(unit.session, patient_id)
    if current != patient_id:
        queries.get_patient(unit.session, actor, patient_id, now=unit.now)
        return redirect(f"/patients/{current}?done=was_merged")
    return render(request, record_page(actor, unit, patient_id, FormView(), done))


@router.get("/{patient_id}/edit")
def editrecord_page(request: Request, actor: Changer, unit: WriteUnit, patient_id: UUID) -> Response:
    """Show the form with what is known."""
    patient = service.read_patient(unit.session, actor, patient_id, now=unit.now)
    identity = queries.open_identity(unit.session, patient)
    contacts = queries.list_contacts(unit.session, actor, patient_id, now=unit.now)
    guardian = queries.find_guardian(unit.session, actor, patient_id, now=unit.now)
    view = filled(stored_values(patient, identity, contacts, guardian))
    return render(request, _edit_page(unit, patient, view))


@router.post("/{patient_id}/edit", dependencies=[CsrfProtected])
def saverecord_page(
    request: Request, actor: Changer, unit: WriteUnit, patient_id: UUID, form: PostedForm
) -> Response:
    """Save the change, or print the form again with what is wrong."""
    patient = queries.get_patient(unit.session, actor, patient_id, now=unit.now)
    sent = parse(ChangeForm, form)
    today = policy_of(unit.session).local_date(unit.now)
    checked = with_refusals(sent.view, ChangeForm, today=today)
    if sent.value is None or checked.errors:
        return render(request, _edit_page(unit, patient, checked), 422)
    known = queries.list_contacts(unit.session, actor, patient_id, now=unit.now)
    takes_sms = consents.has_consent(unit.session, patient_id, Purpose.SMS, unit.now)
    no_sms = all(contact.no_sms for contact in known) if known else not takes_sms
    try:
        birth = parse_birth(sent.value.birth, today=today)
        service.change(
            unit.session,
            actor,
            patient_id,
            sent.value.details(birth),
            contacts=_contacts(sent.value, known, no_sms=no_sms, today=today),
            guardian=sent.value.guardian(),
            version=sent.value.version,
            now=unit.now,
        )
    except DomainError as error:
        known_id = error.patient_id if isinstance(error, PatientKnownError) else None
        view = sent.value.refused(sent.view, error)
        return render(request, _edit_page(unit, patient, view, actor, known_id), error.status)
    return redirect(f"/patients/{patient_id}?done=saved")


@router.post("/{patient_id}/death/take-back", dependencies=[CsrfProtected])
def take_death_back_page(actor: Changer, unit: WriteUnit, patient_id: UUID) -> Response:
    """Take a death that was noted by mistake back: texts go again."""
    service.take_back_death(unit.session, actor, patient_id, now=unit.now)
    return redirect(f"/patients/{patient_id}?done=alive")


@router.post("/{patient_id}/consents", dependencies=[CsrfProtected])
def record_consent_page(
    request: Request, actor: Recorder, unit: WriteUnit, patient_id: UUID, form: PostedForm
) -> Response:
    """Record a consent, or print the page again with what is wrong."""
    sent = parse(ConsentForm, form)
    if sent.value is None:
        return render(request, record_page(actor, unit, patient_id, sent.view, ""), 422)
    try:
        consents.record_consent(
            unit.session,
            actor,
            patient_id,
            sent.value.purpose,
            sent.value.agreement(),
            now=unit.now,
        )
    except DomainError as error:
        named = {"guardian_name": "consent_guardian_name"}
        field = getattr(error, "field", None) or ""
        view = sent.view.with_error(named.get(field, field), t(f"errors.{error.code}"))
        return render(request, record_page(actor, unit, patient_id, view, ""), error.status)
    return redirect(f"/patients/{patient_id}?done=consent")


@router.post("/{patient_id}/consents/{consent_id}/withdrawal", dependencies=[CsrfProtected])
def withdraw_consent_page(actor: Recorder, unit: WriteUnit, patient_id: UUID, consent_id: UUID) -> Response:
    """Take a consent back."""
    consents.withdraw(unit.session, actor, consent_id, patient_id=patient_id, now=unit.now)
    return redirect(f"/patients/{patient_id}?done=withdrawn")


@router.get("/{patient_id}/consent-sheet")
def consent_sheet_page(request: Request, actor: Reader, unit: WriteUnit, patient_id: UUID) -> Response:
    """Show the consent texts to be printed and signed on paper."""
    patient = service.read_patient(unit.session, actor, patient_id, now=unit.now)
    card = queries.card_of(unit.session, patient, now=unit.now)
    today = policy_of(unit.session).local_date(unit.now)
    page = ConsentSheetPage(
        person=person_line(card),
        facility=actor.facility_name,
        recorded_by=f"{actor.title} {actor.full_name}".strip(),
        texts=tuple(
            text_view(text) for text in consent_queries.list_texts(unit.session) if text.purpose in OFFERED
        ),
        is_child=is_child(card.birth, today),
    )
    return render(request, page)


def _search(request: Request, actor: MembershipActor, unit: Unit, text: str) -> Response:
    wanted = read_search(text, today=policy_of(unit.session).local_date(unit.now))
    found = service.search_patients(unit.session, actor, text, now=unit.now)
    is_full = len(found) == FOUND_AT_MOST
    heading = t("patients.found_many" if is_full else "patients.found", count=len(found))
    page = SearchPage(
        text=text,
        heading=heading if text.strip() else t("patients.recent"),
        understood=understood(wanted),
        unknown=wanted.unknown or "",
        people=tuple(person_line(card) for card in found),
        may_register=can(actor, "patient.register"),
        may_meet=can(actor, "patient.register") and wanted.person_number is not None,
        may_break_glass=can(actor, "glass.break"),
        may_review=can(actor, "glass.review"),
        is_ringing=request.query_params.get("to") == "ring" and can(actor, "urgent.ring"),
    )
    return render(request, page)


def _contacts(
    sent: ChangeForm, known: list[queries.ContactCard], *, no_sms: bool, today: date
) -> tuple[ContactDetails, ...]:
    """Return the phones as typed, with what is known of them beside the form, and those it does not show."""
    agreed = {card.phone_e164: card.agreed_on for card in known}
    typed = [
        replace(each, agreed_on=agreed.get(_e164(each.phone)) or each.agreed_on) if each.agreed_on else each
        for each in sent.contacts(no_sms=no_sms, today=today)
    ]
    further = [
        ContactDetails(
            phone=card.phone_e164,
            relation=card.relation,
            name=card.name,
            may_mention_health=card.may_mention_health,
            no_sms=card.no_sms,
            until_on=card.until_on,
            agreed_on=card.agreed_on,
        )
        for card in known[len(PHONES) :]
    ]
    return (*typed, *further)


def _e164(typed: str) -> str:
    try:
        return parse_phone(typed)
    except InvalidError:
        return ""


def _edit_page(
    unit: Unit,
    patient: Patient,
    view: FormView,
    actor: MembershipActor | None = None,
    known_id: UUID | None = None,
) -> EditPage:
    known = {}
    if actor is not None and known_id is not None:
        known = queries.find_cards(unit.session, actor, [known_id], now=unit.now)
    return EditPage(
        form=view,
        choices=choices(),
        person=person_line(queries.card_of(unit.session, patient, now=unit.now)),
        known=person_line(known[known_id]) if known_id in known else None,
    )
