"""The patients' pages: find, read, change; consents."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.queries import current_id, ends_at
from telehealth.access.rules import can
from telehealth.access.service import Basis
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.rules import OFFERED, GivenBy, Purpose, is_outgrown
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.kit.policy import policy_of
from telehealth.patients import queries, service
from telehealth.patients.duplicates import describe as describe_records
from telehealth.patients.duplicates import find_probable
from telehealth.patients.errors import PatientKnownError
from telehealth.patients.finding import FOUND_AT_MOST
from telehealth.patients.models import Patient
from telehealth.patients.rules import Birth, Sex, cccd_warnings, is_child, parse_birth
from telehealth.patients.service import ContactDetails
from telehealth.patients.typed import read_search
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.timeline.service import read_slice
from web.alike.views import probable_line
from web.formatting import date_text, datetime_text, time_text
from web.forms import FormView, filled, parse
from web.i18n import t
from web.patients.checking import with_refusals
from web.patients.forms import PHONES, ChangeForm, ConsentForm, stored_values
from web.patients.pages import (
    ConsentLine,
    ConsentSheetPage,
    ContactLine,
    EditPage,
    MergedLine,
    PatientPage,
    SearchPage,
    choices,
    consent_choices,
    person_line,
    text_view,
    understood,
)
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.timeline.views import timeline_lines
from web.visits.words import signature_name

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
    "merged": "alike.merged_done",
    "parted": "alike.parted_done",
    "apart": "alike.apart_done",
    "was_merged": "alike.was_merged",
    "glass": "glass.opened_done",
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
    """Show a patient's record; the look is on record. Of a merged record, the one that is current."""
    current = current_id(unit.session, patient_id)
    if current != patient_id:
        queries.get_patient(unit.session, actor, patient_id, now=unit.now)
        return redirect(f"/patients/{current}?done=was_merged")
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
        texts=tuple(
            text_view(text) for text in consent_queries.list_texts(unit.session) if text.purpose in OFFERED
        ),
        is_child=is_child(card.birth, today),
    )
    return render(request, page)


LINES = 10
"""How much of the timeline stands on the page itself."""


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


def _patient_page(
    actor: MembershipActor, unit: Unit, patient_id: UUID, consent_form: FormView, done: str
) -> PatientPage:
    session, now = unit.session, unit.now
    patient = service.read_patient(session, actor, patient_id, now=now)
    identity = queries.open_identity(session, patient)
    card = queries.card_of(session, patient, now=now)
    guardian = queries.find_guardian(session, actor, patient_id, now=now)
    codes = cccd_warnings(identity.cccd, card.birth, Sex(patient.sex)) if identity.cccd else []
    given = consent_queries.list_consents(session, actor, patient_id, now=now)
    recorders = describe(session, {consent.recorded_by for consent, _ in given})
    page = read_slice(session, actor, patient_id, now=now, limit=LINES)
    may_merge = can(actor, "patient.merge")
    described = describe_records(session, [patient])[patient_id]
    alike = find_probable(session, actor, described, now=now, but=patient_id) if may_merge else []
    until = guardian.until_on if guardian else None
    name = f"{guardian.name}, {t(f'patients.relations.{guardian.relation}')}" if guardian else ""
    return PatientPage(
        person=person_line(card),
        details=((t("visits.mrn"), card.mrn), *_details(patient, identity)),
        warnings=tuple(t(f"patients.warnings.{code}") for code in codes),
        contacts=tuple(_contact(c) for c in queries.list_contacts(session, actor, patient_id, now=now)),
        guardian=f"{name}, {t('patients.guardian_until', date=date_text(until))}" if until else name,
        consents=tuple(_consent(consent, text, unit, recorders, card.birth) for consent, text in given),
        lines=timeline_lines(unit, actor, page),
        more_href=f"/patients/{patient_id}/timeline" if page.older else "",
        trends_href=f"/patients/{patient_id}/trends" if can(actor, "visit.read") else "",
        alike=tuple(probable_line(each) for each in alike),
        merged=_merged(actor, unit, patient_id),
        glass_until=_glass_until(actor, unit, patient_id),
        consent_form=consent_form,
        done=t(DONE[done]) if done in DONE else "",
        may_request=can(actor, "visit.open"),
        may_change=can(actor, "patient.change"),
        may_consent=can(actor, "consent.record"),
        may_merge=may_merge,
        may_manage_links=can(actor, "link.manage"),
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


def _merged(actor: MembershipActor, unit: Unit, patient_id: UUID) -> tuple[MergedLine, ...]:
    """Return the records that were merged into this one; their names are those of a person in scope."""
    rows = queries.list_merges(unit.session, actor, patient_id, now=unit.now)
    who = describe(unit.session, {row.merged_by for row, _ in rows})
    zone = policy_of(unit.session).zone
    return tuple(
        MergedLine(
            str(row.id),
            patient.full_name,
            t(
                "alike.merged_line",
                mrn=patient.mrn,
                at=datetime_text(row.merged_at, zone),
                who=signature_name(who[row.merged_by]),
            ),
            f"/patients/{patient_id}/merges/{row.id}/undo",
        )
        for row, patient in rows
    )


def _glass_until(actor: MembershipActor, unit: Unit, patient_id: UUID) -> str:
    until = ends_at(unit.session, actor, patient_id, Basis.BREAK_GLASS, now=unit.now)
    return time_text(until, policy_of(unit.session).zone) if until else ""


def _contact(card: queries.ContactCard) -> ContactLine:
    relation = t(f"patients.relations.{card.relation}")
    return ContactLine(
        number=card.phone_label,
        whose=f"{relation}, {card.name}" if card.name else relation,
        takes_sms=not card.no_sms,
        may_mention_health=card.may_mention_health,
        until=t("patients.contact_until", date=date_text(card.until_on)) if card.until_on else "",
        agreed=t("patients.contact_agreed", date=date_text(card.agreed_on)) if card.agreed_on else "",
    )


def _consent(
    consent: Consent, text: ConsentText, unit: Unit, recorders: Mapping[UUID, MemberCard], birth: Birth
) -> ConsentLine:
    zone, today = policy_of(unit.session).zone, policy_of(unit.session).local_date(unit.now)
    version = t("consents.version", version=text.version)
    by = recorders.get(consent.recorded_by)
    who = consent.guardian_name or t("consents.givers.patient")
    if consent.is_child_heard:
        who = f"{who} ({t('consents.child_heard')})"
    at = datetime_text(consent.occurred_at, zone)
    return ConsentLine(
        id=str(consent.id),
        purpose=t(f"consents.purposes.{consent.purpose}"),
        given=t("consents.given", who=who, how=t(f"consents.hows.{consent.how}").lower(), at=at),
        text_version=f"{version}, {t('consents.recorded_by', who=signature_name(by))}" if by else version,
        is_outgrown=is_outgrown(GivenBy(consent.given_by), birth, on=today),
        withdrawn=datetime_text(consent.withdrawn_at, zone) if consent.withdrawn_at else "",
    )
