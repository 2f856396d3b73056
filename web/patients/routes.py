"""The patients' pages: find, read, change; consents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.rules import Purpose
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients import queries, service
from telehealth.patients.errors import PatientKnownError
from telehealth.patients.models import Patient
from telehealth.patients.rules import Sex, cccd_warnings, is_child, parse_birth
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visit_queries
from telehealth.visits.service import read_list
from web.formatting import date_text, datetime_text
from web.forms import FormView, filled, parse
from web.i18n import t
from web.patients.checking import with_refusals
from web.patients.forms import ChangeForm, ConsentForm, stored_values
from web.patients.pages import (
    ConsentLine,
    ConsentSheetPage,
    ContactLine,
    EditPage,
    PatientPage,
    SearchPage,
    VisitLine,
    choices,
    consent_choices,
    person_line,
    text_view,
)
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.words import diagnosis_text, state_text

router = APIRouter(prefix="/patients", include_in_schema=False)

Finder = Annotated[MembershipActor, Allow("patient.find")]
Reader = Annotated[MembershipActor, Allow("patient.read")]
Changer = Annotated[MembershipActor, Allow("patient.change")]
Recorder = Annotated[MembershipActor, Allow("consent.record")]

DONE = {
    "registered": "patients.registered_done",
    "met": "patients.met_done",
    "saved": "patients.saved",
    "consent": "consents.recorded_done",
    "withdrawn": "consents.withdrawn_done",
}
"""What a post did -> the words on the page one lands on."""


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
    """Show a patient's record; the look is on record."""
    return render(request, _patient_page(actor, unit, patient_id, FormView(), done))


@router.get("/{patient_id}/edit")
def edit_patient_page(request: Request, actor: Changer, unit: WriteUnit, patient_id: UUID) -> Response:
    """Show the form with what is known."""
    patient = service.read_patient(unit.session, actor, patient_id, now=unit.now)
    identity = queries.open_identity(unit.session, patient)
    contacts = queries.list_contacts(unit.session, actor, patient_id, now=unit.now)
    guardian = queries.find_guardian(unit.session, actor, patient_id, now=unit.now)
    view = filled(stored_values(patient, identity, contacts, guardian))
    return render(request, _edit_page(unit, patient, view))


@router.post("/{patient_id}/edit", dependencies=[CsrfProtected])
def save_patient_page(
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
            contacts=sent.value.contacts(no_sms=no_sms),
            guardian=sent.value.guardian(),
            version=sent.value.version,
            now=unit.now,
        )
    except DomainError as error:
        known_id = error.patient_id if isinstance(error, PatientKnownError) else None
        view = sent.value.refused(sent.view, error)
        return render(request, _edit_page(unit, patient, view, actor, known_id), error.status)
    return redirect(f"/patients/{patient_id}?done=saved")


@router.post("/{patient_id}/consents", dependencies=[CsrfProtected])
def record_consent_page(
    request: Request, actor: Recorder, unit: WriteUnit, patient_id: UUID, form: PostedForm
) -> Response:
    """Record a consent, or print the page again with what is wrong."""
    sent = parse(ConsentForm, form)
    if sent.value is None:
        return render(request, _patient_page(actor, unit, patient_id, sent.view, ""), 422)
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
        return render(request, _patient_page(actor, unit, patient_id, view, ""), error.status)
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
        texts=tuple(text_view(text) for text in consent_queries.list_texts(unit.session)),
        is_child=is_child(card.birth, today),
    )
    return render(request, page)


def _search(request: Request, actor: MembershipActor, unit: Unit, text: str) -> Response:
    found = service.search_patients(unit.session, actor, text, now=unit.now)
    is_full = len(found) == queries.FOUND_AT_MOST
    heading = t("patients.found_many" if is_full else "patients.found", count=len(found))
    page = SearchPage(
        text=text,
        heading=heading if text.strip() else t("patients.recent"),
        people=tuple(person_line(card) for card in found),
        may_register=can(actor, "patient.register"),
        is_ringing=request.query_params.get("to") == "ring" and can(actor, "urgent.ring"),
    )
    return render(request, page)


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


def _patient_page(
    actor: MembershipActor, unit: Unit, patient_id: UUID, consent_form: FormView, done: str
) -> PatientPage:
    session, now = unit.session, unit.now
    patient = service.read_patient(session, actor, patient_id, now=now)
    identity = queries.open_identity(session, patient)
    card = queries.card_of(session, patient, now=now)
    guardian = queries.find_guardian(session, actor, patient_id, now=now)
    codes = cccd_warnings(identity.cccd, card.birth, Sex(patient.sex)) if identity.cccd else []
    until = guardian.until_on if guardian else None
    name = f"{guardian.name}, {t(f'patients.relations.{guardian.relation}')}" if guardian else ""
    return PatientPage(
        person=person_line(card),
        details=((t("visits.mrn"), card.mrn), *_details(patient, identity)),
        warnings=tuple(t(f"patients.warnings.{code}") for code in codes),
        contacts=tuple(_contact(c) for c in queries.list_contacts(session, actor, patient_id, now=now)),
        guardian=f"{name}, {t('patients.guardian_until', date=date_text(until))}" if until else name,
        consents=tuple(
            _consent(consent, text, unit)
            for consent, text in consent_queries.list_consents(session, actor, patient_id, now=now)
        ),
        visits=_visits(actor, unit, patient_id),
        consent_form=consent_form,
        done=t(DONE[done]) if done in DONE else "",
        may_request=can(actor, "visit.open"),
        may_change=can(actor, "patient.change"),
        may_consent=can(actor, "consent.record"),
        agreeing=consent_choices(),
    )


def _details(patient: Patient, identity: queries.Identity) -> tuple[tuple[str, str], ...]:
    missing = t("patients.not_recorded")
    reason = t(f"patients.reasons.{patient.no_id_reason}") if patient.no_id_reason else ""
    return (
        (t("patients.cccd"), identity.cccd or (t("patients.no_id", reason=reason) if reason else missing)),
        (t("patients.bhyt"), identity.bhyt or missing),
        (t("patients.address"), identity.address or missing),
        (t("patients.ethnic"), queries.ethnic_groups().get(patient.ethnic_code or "", missing)),
        (t("patients.language"), queries.languages().get(patient.language, patient.language)),
    )


def _visits(actor: MembershipActor, unit: Unit, patient_id: UUID) -> tuple[VisitLine, ...]:
    session, now = unit.session, unit.now
    if not can(actor, "visit.read"):
        return ()
    found = read_list(session, actor, patient_id, now=now)
    conditions = visit_queries.conditions_of_all(session, found)
    reasons = visit_queries.reasons(session, actor, [visit.id for visit in found], now=now)
    zone = policy_of(session).zone
    return tuple(
        VisitLine(
            href=f"/visits/{visit.id}",
            when=datetime_text(visit.occurred_at, zone),
            title=diagnosis_text(conditions.get(visit.id, ())) or reasons.get(visit.id, ""),
            status=state_text(visit),
        )
        for visit in found
    )


def _contact(card: queries.ContactCard) -> ContactLine:
    relation = t(f"patients.relations.{card.relation}")
    return ContactLine(
        number=card.phone_label,
        whose=f"{relation}, {card.name}" if card.name else relation,
        takes_sms=not card.no_sms,
        may_mention_health=card.may_mention_health,
    )


def _consent(consent: Consent, text: ConsentText, unit: Unit) -> ConsentLine:
    zone = policy_of(unit.session).zone
    who = consent.guardian_name or t("consents.givers.patient")
    if consent.is_child_heard:
        who = f"{who} ({t('consents.child_heard')})"
    at = datetime_text(consent.occurred_at, zone)
    return ConsentLine(
        id=str(consent.id),
        purpose=t(f"consents.purposes.{consent.purpose}"),
        given=t("consents.given", who=who, how=t(f"consents.hows.{consent.how}").lower(), at=at),
        text_version=t("consents.version", version=text.version),
        withdrawn=datetime_text(consent.withdrawn_at, zone) if consent.withdrawn_at else "",
    )
