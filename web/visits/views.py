"""From the stored visit to the pages that show it."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.calls.rules import JOINABLE
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import queries
from telehealth.visits.models import Observation, Visit
from telehealth.visits.rules import STATION_SECTIONS, Section
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import VITALS
from web.formatting import date_text, datetime_text
from web.forms import FormView, filled
from web.i18n import t
from web.visits.pages import Action, OpenVisitPage, RecordPage, StationPage, StationText, VitalField
from web.visits.people import age_years, person_view
from web.visits.record import record_view
from web.visits.vitals import value_text, vital_views
from web.visits.words import appointment_of, diagnosis_text, kind_text, signature_name


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
    measured = queries.observations_of(session, visit)
    before = queries.earlier_observations(session, actor, visit, now=now)
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
        vitals=vital_views(measured, before, age_years=age_years(card), zone=zone),
        actions=_actions(actor, visit, appointment) if is_open else (),
        flash=flash,
    )


def record_page(unit: Unit, actor: MembershipActor, visit: Visit, *, flash: str = "") -> RecordPage:
    """Return the page of a signed record."""
    session = unit.session
    visible = find_cards(session, actor, [visit.patient_id], now=unit.now)
    may_open = can(actor, "patient.read") and visit.patient_id in visible
    return RecordPage(
        here=f"/visits/{visit.id}",
        record=record_view(queries.records_of(session, visit), policy_of(session).zone),
        patient_href=f"/patients/{visit.patient_id}" if may_open else "",
        print_href=f"/visits/{visit.id}/print" if can(actor, "visit.print") else "",
        amend_href=f"/visits/{visit.id}/amend" if can(actor, "visit.amend", visit) else "",
        flash=flash,
    )


def station_page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    form: FormView | None = None,
    *,
    clashes: frozenset[Section] = frozenset(),
    asks_again: bool = False,
) -> StationPage:
    """Return the station's form: as stored, or as typed with what stands against it."""
    session = unit.session
    card = find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]
    sections = queries.sections_of(session, visit)
    measured = queries.observations_of(session, visit)
    zone = policy_of(session).zone
    texts = {name: sections[name].text for name in STATION_SECTIONS if name in sections}
    return StationPage(
        action=f"/visits/{visit.id}/station",
        back_href=f"/visits/{visit.id}",
        person=person_view(card),
        form=form or filled({str(name): text for name, text in texts.items()}),
        texts=tuple(
            StationText(
                name=str(name),
                label=t(f"visits.sections.{name}"),
                version=sections[name].version if name in sections else 0,
                theirs=texts.get(name, "") if name in clashes else "",
            )
            for name in Section
            if name in STATION_SECTIONS
        ),
        vitals=tuple(_vital_field(code, measured, zone) for code in VITALS),
        asks_again=asks_again,
    )


def _vital_field(code: str, measured: Mapping[str, Observation], zone: ZoneInfo) -> VitalField:
    row = measured.get(code)
    last = ""
    if row is not None:
        date = date_text(row.occurred_at, zone)
        last = t("visits.last_value", value=value_text(code, row.value), date=date)
    return VitalField(code, t(f"visits.vitals.{code}"), VITALS[code].unit, last)


def _rows(unit: Unit, visit: Visit, appointment: Appointment | None) -> tuple[tuple[str, str], ...]:
    people = {visit.opened_by} | ({visit.doctor_membership_id} if visit.doctor_membership_id else set())
    members = describe(unit.session, people)
    doctor = members.get(visit.doctor_membership_id) if visit.doctor_membership_id else None
    zone = policy_of(unit.session).zone
    booked = datetime_text(appointment.starts_at, zone) if appointment else t("visits.not_booked")
    return (
        (t("visits.booked_for"), booked),
        (t("visits.record.doctor"), signature_name(doctor)),
        (t("visits.record.opened_by"), signature_name(members.get(visit.opened_by))),
    )


def _actions(actor: MembershipActor, visit: Visit, appointment: Appointment | None) -> tuple[Action, ...]:
    """Return what the actor may do with an open visit; the last one is the likeliest."""
    here, found = f"/visits/{visit.id}", []
    if actor.facility_id == visit.station_facility_id and can(actor, "visit.measure"):
        found.append(Action(t("visits.station_edit"), f"{here}/station", "pencil"))
    if appointment is None and actor.facility_id == visit.station_facility_id and can(actor, "urgent.ring"):
        found.append(Action(t("urgent.press"), f"{here}/ring", "bell-ringing", "urgent"))
    if appointment is None and can(actor, "appointment.book"):
        found.append(Action(t("visits.book"), f"{here}/slots", "calendar-plus", "primary"))
    if can(actor, "visit.write"):
        found.append(Action(t("visits.write"), f"{here}/write", "note"))
    joinable = appointment is not None and AppointmentState(appointment.status) in JOINABLE
    if joinable and can(actor, "call.join"):
        found.append(Action(t("cases.enter_call"), f"/calls/{visit.appointment_id}", "video", "primary"))
    return tuple(found)
