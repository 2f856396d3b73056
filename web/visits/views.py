"""From the stored visit to the pages that show it."""

from datetime import datetime

from telehealth.access.rules import ConsultKind, can
from telehealth.background.queries import allergies_of
from telehealth.calls.rules import JOINABLE
from telehealth.conferences.queries import find_complete
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.papers.service import check_records
from telehealth.patients.queries import find_cards
from telehealth.prescriptions.queries import find_active
from telehealth.referrals.queries import find_sent
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.urgent.rules import is_to_come
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.service import find_approval
from telehealth.visits.states import VisitState
from web.calls.record import has_call
from web.formatting import date_text, datetime_text
from web.i18n import t
from web.orders.beside import results_beside
from web.papers.seals import digital_text, seal_views
from web.papers.sizes import A5_FIRST, Link, pdf_links
from web.visits.judging import judging_of
from web.visits.pages import Action, OpenVisitPage, RecordPage
from web.visits.parts import open_parts, part_links, part_notes
from web.visits.people import person_view
from web.visits.record import record_view
from web.visits.vitals import pressing_names, vital_views
from web.visits.words import appointment_of, diagnosis_text, kind_text, modality_text, signature_name


def open_page(unit: Unit, actor: MembershipActor, visit: Visit, *, flash: str = "") -> OpenVisitPage:
    """Return the page of a visit that is not signed."""
    session, now = unit.session, unit.now
    zone = policy_of(session).zone
    card = find_cards(session, actor, [visit.patient_id], now=now)[visit.patient_id]
    sections = queries.sections_of(session, visit)
    parts = [(t(f"visits.sections.{name}"), sections[name].text) for name in Section if name in sections]
    conditions = queries.conditions_of(session, visit)
    if conditions:
        parts.append((t("visits.sections.diagnosis"), diagnosis_text(conditions)))
    if visit.follow_up_on is not None:
        parts.append((t("visits.sections.follow_up"), date_text(visit.follow_up_on)))
    carried = allergies_of(session, actor, visit.patient_id, now=now)
    if carried:
        parts.insert(0, (t("background.carried"), "; ".join(carried)))
    parts += open_parts(session, visit, today=policy_of(session).local_date(now))
    parts += part_notes(unit, visit)
    measured = queries.observations_of(session, visit)
    before = queries.earlier_observations(session, actor, visit, now=now)
    on = visit.occurred_at.astimezone(zone).date()
    judging = judging_of(session, card, on)
    views = vital_views(measured, before, judging=judging, zone=zone)
    appointment = appointment_of(unit, actor, visit)
    is_open = visit.state == VisitState.OPEN
    return OpenVisitPage(
        here=f"/visits/{visit.id}",
        person=person_view(card, is_linked=can(actor, "patient.read")),
        kind=kind_text(visit),
        when=datetime_text(visit.occurred_at, zone),
        notice=t("visits.open_note" if is_open else "visits.withdrawn_note"),
        is_open=is_open,
        rows=_rows(unit, visit, appointment),
        parts=tuple((label, text) for label, text in parts if text),
        vitals=views,
        alarms=pressing_names(views) if find_approval(session) is not None else (),
        actions=_call_action(unit, visit) + (_actions(actor, visit, appointment, now) if is_open else ()),
        attachments_href=_attachments(actor, visit),
        flash=flash,
    )


def record_page(unit: Unit, actor: MembershipActor, visit: Visit, *, flash: str = "") -> RecordPage:
    """Return the page of a signed record."""
    session = unit.session
    visible = find_cards(session, actor, [visit.patient_id], now=unit.now)
    may_open = can(actor, "patient.read") and visit.patient_id in visible
    records, zone = queries.records_of(session, visit), policy_of(session).zone
    checks = check_records(session, records)
    may_print = can(actor, "visit.print")
    return RecordPage(
        here=f"/visits/{visit.id}",
        record=record_view(records, zone),
        seals=seal_views(checks, zone),
        digital=digital_text(checks),
        pdfs=pdf_links(f"/visits/{visit.id}/papers/visit.pdf", A5_FIRST) if may_print else (),
        text_href=f"/visits/{visit.id}/text" if may_print else "",
        prints=_prints(unit, actor, visit) if may_print else (),
        patient_href=f"/patients/{visit.patient_id}" if may_open else "",
        print_href=f"/visits/{visit.id}/print" if may_print else "",
        amend_href=f"/visits/{visit.id}/amend" if can(actor, "visit.amend", visit) else "",
        call_href=f"/visits/{visit.id}/call" if has_call(unit, visit.id) else "",
        part_links=(*part_links(session, visit), *_checks(actor, visit)),
        results=results_beside(unit, actor, visit, records[0]) if visit.patient_id in visible else (),
        attachments_href=_attachments(actor, visit),
        flash=flash,
    )


def _prints(unit: Unit, actor: MembershipActor, visit: Visit) -> tuple[Link, ...]:
    """Return the further papers of a signed visit that hold: minutes, prescription, letter."""
    session, now = unit.session, unit.now
    found = []
    if find_complete(session, visit.id):
        found.append((t("conferences.print"), f"/visits/{visit.id}/minutes/print"))
    if (prescribed := find_active(session, actor, visit, now=now)) is not None:
        found.append((t("prescriptions.print"), f"/prescriptions/{prescribed.id}/print"))
    if (sent := find_sent(session, actor, visit, now=now)) is not None:
        found.append((t("referrals.print"), f"/referrals/{sent.id}/print"))
    return tuple(found)


def _checks(actor: MembershipActor, visit: Visit) -> tuple[tuple[str, str], ...]:
    return ((t("checks.set.title"), f"/visits/{visit.id}/checks"),) if can(actor, "check.set") else ()


def _attachments(actor: MembershipActor, visit: Visit) -> str:
    return f"/visits/{visit.id}/attachments" if can(actor, "file.read") else ""


def _rows(unit: Unit, visit: Visit, appointment: Appointment | None) -> tuple[tuple[str, str], ...]:
    people = {visit.opened_by} | ({visit.doctor_membership_id} if visit.doctor_membership_id else set())
    members = describe(unit.session, people)
    doctor = members.get(visit.doctor_membership_id) if visit.doctor_membership_id else None
    zone = policy_of(unit.session).zone
    booked = datetime_text(appointment.starts_at, zone) if appointment else t("visits.not_booked")
    forms = modality_text(visit.modalities or ([visit.modality] if visit.modality else []))
    modality = ((t("visits.modality.title"), forms),) if forms else ()
    return (
        (t("visits.booked_for"), booked),
        *modality,
        (t("visits.record.doctor"), signature_name(doctor)),
        (t("visits.record.opened_by"), signature_name(members.get(visit.opened_by))),
    )


def _call_action(unit: Unit, visit: Visit) -> tuple[Action, ...]:
    """Return the way to what was written in the visit's call, where there was one."""
    if not has_call(unit, visit.id):
        return ()
    return (Action(t("calls.record.title"), f"/visits/{visit.id}/call", "message"),)


def _may_book(actor: MembershipActor, appointment: Appointment | None) -> bool:
    """Tell whether a time can be agreed: for none yet, or again after one that broke off."""
    is_free = appointment is None or appointment.status == AppointmentState.ABORTED
    return is_free and can(actor, "appointment.book")


def _may_ring(appointment: Appointment | None, now: datetime) -> bool:
    """Tell whether doctors on duty can be rung: nobody is about to see the patient in this visit."""
    return appointment is None or is_to_come(appointment.status, appointment.starts_at, now)


def _later(actor: MembershipActor, visit: Visit, appointment: Appointment | None) -> list[Action]:
    """Return the way to an answer in writing: where it was not agreed for a time, or that is not over."""
    here = f"/visits/{visit.id}"
    is_station = actor.facility_id == visit.station_facility_id
    is_live = appointment is not None and AppointmentState(appointment.status) in LIVE
    if is_live and (is_station or actor.ref == visit.doctor_membership_id) and can(actor, "answer.turn"):
        return [Action(t("answers.turn"), f"{here}/later", "send", is_post=True)]
    if not is_live and is_station and can(actor, "answer.ask"):
        return [Action(t("answers.send"), f"{here}/send", "send")]
    return []


def _actions(
    actor: MembershipActor, visit: Visit, appointment: Appointment | None, now: datetime
) -> tuple[Action, ...]:
    """Return what the actor may do with an open visit; the last one is the likeliest."""
    here, found = f"/visits/{visit.id}", []
    is_station = actor.facility_id == visit.station_facility_id
    if is_station and can(actor, "visit.measure"):
        found.append(Action(t("visits.station_edit"), f"{here}/station", "pencil"))
    if can(actor, "visit.measure"):
        found.append(Action(t("measuring.title"), f"{here}/measurements", "heartbeat"))
        found.append(Action(t("background.title"), f"{here}/background", "clipboard-list"))
        found.append(Action(t("examination.title"), f"{here}/examination", "stethoscope"))
    if is_station and can(actor, "urgent.ring") and _may_ring(appointment, now):
        found.append(Action(t("urgent.press"), f"{here}/ring", "bell-ringing", "urgent"))
    found += _later(actor, visit, appointment)
    if _may_book(actor, appointment):
        found.append(Action(t("visits.book"), f"{here}/slots", "calendar-plus", "primary"))
    if visit.consult_kind == ConsultKind.FACILITY_SUPPORT and can(actor, "minutes.write"):
        found.append(Action(t("conferences.title"), f"{here}/minutes", "users"))
    if can(actor, "visit.write"):
        found.append(Action(t("visits.write"), f"{here}/write", "note"))
    joinable = appointment is not None and AppointmentState(appointment.status) in JOINABLE
    if joinable and can(actor, "call.join"):
        found.append(Action(t("cases.enter_call"), f"/calls/{visit.appointment_id}", "video", "primary"))
    return tuple(found)
