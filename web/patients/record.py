"""A patient's record as it is printed: who, consents, what happened lately."""

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.queries import ends_at
from telehealth.access.rules import can
from telehealth.access.service import Basis
from telehealth.consents import queries as consent_queries
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.rules import GivenBy, How, is_outgrown
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients import queries, service
from telehealth.patients.duplicates import describe as describe_records
from telehealth.patients.duplicates import find_probable
from telehealth.patients.models import Merge, Patient
from telehealth.patients.rules import Birth, Sex, cccd_warnings
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.timeline.service import read_slice
from web.alike.clashes import clash_lines
from web.alike.lines import ClashLine, MergedLine
from web.alike.views import probable_line
from web.formatting import date_text, datetime_text, time_text
from web.forms import FormView
from web.i18n import t
from web.patients.pages import (
    ConsentLine,
    ContactLine,
    PatientPage,
    consent_choices,
    person_line,
)
from web.timeline.views import timeline_lines
from web.visits.words import signature_name

DONE = {
    "registered": "patients.registered_done",
    "met": "patients.met_done",
    "saved": "patients.saved",
    "consent": "consents.recorded_done",
    "proof": "proofs.done",
    "withdrawn": "consents.withdrawn_done",
    "merged": "alike.merged_done",
    "parted": "alike.parted_done",
    "apart": "alike.apart_done",
    "was_merged": "alike.was_merged",
    "glass": "glass.opened_done",
    "alive": "patients.death_taken_back",
}
"""What a post did -> the words on the page one lands on."""

LINES = 10
"""How much of the timeline stands on the page itself."""


def record_page(
    actor: MembershipActor,
    unit: Unit,
    patient_id: UUID,
    consent_form: FormView,
    done: str,
    *,
    proof_form: FormView = FormView(),  # noqa: B008  (frozen)
) -> PatientPage:
    """Return a patient's record as it is printed; the look is on record. Raises `patient-not-found`."""
    session, now = unit.session, unit.now
    patient = service.read_patient(session, actor, patient_id, now=now)
    identity = queries.open_identity(session, patient)
    card = queries.card_of(session, patient, now=now)
    guardian = queries.find_guardian(session, actor, patient_id, now=now)
    codes = cccd_warnings(identity.cccd, card.birth, Sex(patient.sex)) if identity.cccd else []
    page = read_slice(session, actor, patient_id, now=now, limit=LINES)
    may_merge = can(actor, "patient.merge")
    described = describe_records(session, [patient])[patient_id]
    alike = find_probable(session, actor, described, now=now, but=patient_id) if may_merge else []
    until = guardian.until_on if guardian else None
    merged = queries.list_merges(session, actor, patient_id, now=now)
    name = f"{guardian.name}, {t(f'patients.relations.{guardian.relation}')}" if guardian else ""
    return PatientPage(
        person=person_line(card),
        details=((t("visits.mrn"), card.mrn), *_details(patient, identity)),
        warnings=tuple(t(f"patients.warnings.{code}") for code in codes),
        contacts=tuple(_contact(c) for c in queries.list_contacts(session, actor, patient_id, now=now)),
        guardian=f"{name}, {t('patients.guardian_until', date=date_text(until))}" if until else name,
        consents=_consents(actor, unit, patient_id, card.birth),
        lines=timeline_lines(unit, actor, page),
        more_href=f"/patients/{patient_id}/timeline" if page.older else "",
        trends_href=f"/patients/{patient_id}/trends" if can(actor, "visit.read") else "",
        alike=tuple(probable_line(each) for each in alike),
        merged=_merged(unit, patient_id, merged),
        clashes=_clashes(actor, unit, patient_id, merged),
        glass_until=_glass_until(actor, unit, patient_id),
        died=_died(unit, patient),
        consent_form=consent_form,
        proof_form=proof_form,
        done=t(DONE[done]) if done in DONE else "",
        may_request=can(actor, "visit.open"),
        may_change=can(actor, "patient.change"),
        may_consent=can(actor, "consent.record"),
        may_see_proof=can(actor, "file.read"),
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


def _clashes(
    actor: MembershipActor, unit: Unit, patient_id: UUID, merged: Sequence[tuple[Merge, Patient]]
) -> tuple[ClashLine, ...]:
    """Return what clashes of the times agreed under the records of this person before they were merged."""
    return clash_lines(unit, actor, [patient_id, *(each.id for _, each in merged)]) if merged else ()


def _merged(unit: Unit, patient_id: UUID, rows: Sequence[tuple[Merge, Patient]]) -> tuple[MergedLine, ...]:
    """Return the records that were merged into this one; their names are those of a person in scope."""
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


def _died(unit: Unit, patient: Patient) -> str:
    at, zone = patient.died_noted_at, policy_of(unit.session).zone
    return t("patients.died", time=datetime_text(at, zone)) if at else ""


def _contact(card: queries.ContactCard) -> ContactLine:
    relation = t(f"patients.relations.{card.relation}")
    is_wrong = card.wrong_since_at is not None
    whose = f"{relation}, {card.name}" if card.name else relation
    return ContactLine(
        number=card.phone_label,
        whose=f"{whose} · {t('checks.wrong_number')}" if is_wrong else whose,
        takes_sms=not card.no_sms and not is_wrong,
        may_mention_health=card.may_mention_health,
        until=t("patients.contact_until", date=date_text(card.until_on)) if card.until_on else "",
        agreed=t("patients.contact_agreed", date=date_text(card.agreed_on)) if card.agreed_on else "",
    )


def _consents(actor: MembershipActor, unit: Unit, patient_id: UUID, birth: Birth) -> tuple[ConsentLine, ...]:
    given = consent_queries.list_consents(unit.session, actor, patient_id, now=unit.now)
    recorders = describe(unit.session, {consent.recorded_by for consent, _ in given})
    proofs = consent_queries.count_proof_pages(unit.session, [consent.id for consent, _ in given])
    return tuple(
        _consent(consent, text, unit, recorders, birth, proofs.get(consent.id, 0)) for consent, text in given
    )


def consent_given(consent: Consent, zone: ZoneInfo) -> str:
    """Say who agreed, how and when."""
    who = consent.guardian_name or t("consents.givers.patient")
    if consent.is_child_heard:
        who = f"{who} ({t('consents.child_heard')})"
    at = datetime_text(consent.occurred_at, zone)
    return t("consents.given", who=who, how=t(f"consents.hows.{consent.how}").lower(), at=at)


def _consent(
    consent: Consent,
    text: ConsentText,
    unit: Unit,
    recorders: Mapping[UUID, MemberCard],
    birth: Birth,
    proof_pages: int,
) -> ConsentLine:
    zone, today = policy_of(unit.session).zone, policy_of(unit.session).local_date(unit.now)
    version = t("consents.version", version=text.version)
    by = recorders.get(consent.recorded_by)
    return ConsentLine(
        id=str(consent.id),
        purpose=t(f"consents.purposes.{consent.purpose}"),
        given=consent_given(consent, zone),
        text_version=f"{version}, {t('consents.recorded_by', who=signature_name(by))}" if by else version,
        is_outgrown=is_outgrown(GivenBy(consent.given_by), birth, on=today),
        withdrawn=datetime_text(consent.withdrawn_at, zone) if consent.withdrawn_at else "",
        is_written=consent.how == How.WRITTEN,
        proof=t("proofs.link", count=proof_pages) if proof_pages else "",
    )
