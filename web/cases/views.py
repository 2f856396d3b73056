"""From the visit as it is stored to the workspace as it is printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import ConsultKind, can
from telehealth.background.queries import allergies_of
from telehealth.calls.rules import JOINABLE
from telehealth.facilities.queries import names_of, supporters_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.kit.text import fold
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.staff.rules import Role
from telehealth.visits import queries, service
from telehealth.visits.models import Visit, VisitSection
from telehealth.visits.ranges import RANGES
from telehealth.visits.rules import Certainty, Section
from telehealth.visits.states import VisitState
from web.cases.pages import (
    CasePage,
    CodeView,
    DiagnosesView,
    DiagnosisRow,
    EarlierVisit,
    FollowUpView,
    Note,
    SectionView,
    SignView,
    Summary,
    Theirs,
)
from web.formatting import date_text, datetime_text, time_text
from web.forms import FormView, Option, filled
from web.i18n import t
from web.urgent.called import called_view
from web.visits.judging import judging_of
from web.visits.parts import PLACES, part_places
from web.visits.people import person_view
from web.visits.vitals import is_judged, pressing_names, vital_views
from web.visits.words import appointment_of, diagnosis_text, kind_text, signature_name

CALL_PART = "call-record"
"""The element beside a call that holds the record."""

EARLIER = 5
QUICK_DAYS = {"7": 2, "14": 3, "30": 7}
"""Days until the patient comes back, and how many before or after would do as well."""

SLACKS = (0, 1, 2, 3, 7)


@dataclass(frozen=True)
class Typed:
    """What was posted and could not be taken as it is: printed instead of what is stored.

    `seen` is the sum of the versions a page shows that asks for its signature part alone.
    """

    sections: Mapping[Section, SectionView] = field(default_factory=dict)
    diagnoses: DiagnosesView | None = None
    follow_up: FormView | None = None
    follow_up_theirs: Theirs | None = None
    follow_up_mine: str = ""
    codes: tuple[CodeView, ...] | None = None
    sign: FormView = field(default_factory=FormView)
    seen: int | None = None

    @property
    def is_unsettled(self) -> bool:
        """Whether somebody wrote the same at the same time and nobody has chosen yet."""
        views = (self.diagnoses, *self.sections.values())
        return self.follow_up_theirs is not None or any(each and each.theirs for each in views)


@dataclass(frozen=True)
class Case:
    """A visit in scope with those who have a part in it."""

    unit: Unit
    actor: MembershipActor
    visit: Visit
    appointment: Appointment | None
    card: PatientCard
    members: Mapping[UUID, MemberCard]
    sections: Mapping[str, VisitSection]

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone

    @property
    def here(self) -> str:
        """The address of the actor's own workspace."""
        # Another doctor may answer a visit whose appointment broke off: that appointment is not theirs.
        is_doctor = self.actor.role is Role.DOCTOR and self.appointment is not None
        return f"/cases/{self.visit.appointment_id}" if is_doctor else f"/visits/{self.visit.id}/write"

    @property
    def action(self) -> str:
        """Where the parts of the record are posted to."""
        return f"/visits/{self.visit.id}"

    def saved_text(self, row: VisitSection | None) -> str:
        """Say when a section was saved and, if it was somebody else, by whom."""
        if row is None:
            return ""
        time = time_text(row.written_at, self.zone)
        writer = self.members.get(row.written_by)
        if writer is None or row.written_by == self.actor.ref:
            return t("cases.saved", time=time)
        return t("cases.saved_by", time=time, name=writer.name)


def load_case(unit: Unit, actor: MembershipActor, visit: Visit) -> Case:
    """Gather what the workspace of a visit fetched in scope prints."""
    session, now = unit.session, unit.now
    sections = queries.sections_of(session, visit)
    people = {visit.opened_by, *(row.written_by for row in sections.values())}
    if visit.doctor_membership_id is not None:
        people.add(visit.doctor_membership_id)
    appointment = appointment_of(unit, actor, visit)
    card = find_cards(session, actor, [visit.patient_id], now=now)[visit.patient_id]
    return Case(unit, actor, visit, appointment, card, describe(session, people), sections)


def case_page(case: Case, *, typed: Typed | None = None, is_embedded: bool = False) -> CasePage:
    """Return the workspace; `typed` stands instead of what is stored."""
    visit, is_doctor = case.visit, case.actor.role is Role.DOCTOR
    doctor = case.members.get(visit.doctor_membership_id) if visit.doctor_membership_id else None
    at = case.appointment.starts_at if case.appointment else visit.occurred_at
    joinable = case.appointment is not None and AppointmentState(case.appointment.status) in JOINABLE
    is_open = visit.state == VisitState.OPEN
    return CasePage(
        here=f"{case.here}?embed=record" if is_embedded else case.here,
        back_href="/queue" if is_doctor else "/today",
        back=t("cases.back_queue" if is_doctor else "cases.back_today"),
        person=person_view(case.card, is_linked=can(case.actor, "patient.read")),
        when=datetime_text(at, case.zone),
        who=f"{signature_name(doctor)}, {doctor.facility_name}" if doctor else signature_name(None),
        kind=kind_text(visit),
        call_href=f"/calls/{visit.appointment_id}" if joinable and not is_embedded else "",
        is_embedded=is_embedded,
        summary=_summary(case, is_embedded=is_embedded),
        note=_note(case, typed or Typed(), is_embedded) if is_open else None,
        codes=(typed.codes or ()) if typed else (),
        is_none_found=typed is not None and typed.codes == (),
        record_href="" if is_open else f"/visits/{visit.id}",
        visit_href=f"/visits/{visit.id}",
        attachments_href=f"/visits/{visit.id}/attachments{'?embed=1' if is_embedded else ''}",
        parts=part_places(case.unit.session, visit, is_embedded=is_embedded) if is_open else (),
        signed=t("visits.signed_flash") if visit.state == VisitState.SIGNED else "",
    )


def _summary(case: Case, *, is_embedded: bool) -> Summary:
    session, visit = case.unit.session, case.visit
    measured = queries.observations_of(session, visit)
    before = queries.earlier_observations(session, case.actor, visit, now=case.unit.now)
    on = visit.occurred_at.astimezone(case.zone).date()
    judging = judging_of(session, case.card, on)
    views = vital_views(measured, before, judging=judging, zone=case.zone)
    told = (Section.HISTORY, Section.MEDICINES)
    carried = allergies_of(session, case.actor, visit.patient_id, now=case.unit.now)
    return Summary(
        reason=_text(case, Section.REASON),
        allergies=_allergies(_text(case, Section.ALLERGIES), carried),
        vitals=views,
        vitals_note=t("cases.range_source", version=RANGES.version) if is_judged(views) else "",
        background=tuple(
            (t(f"visits.sections.{name}"), _text(case, name)) for name in told if _text(case, name)
        ),
        earlier=_earlier(case),
        alarms=pressing_names(views) if service.find_approval(session) is not None else (),
        called=called_view(case.unit, case.appointment) if case.appointment else None,
        interpreter=person_view(case.card).note if is_embedded else "",
    )


def _allergies(told: str, carried: list[str]) -> str:
    """Return what was told at this visit with what is carried and not said in it already."""
    return "; ".join(each for each in (told, *(c for c in carried if fold(c) not in fold(told))) if each)


def _earlier(case: Case) -> tuple[EarlierVisit, ...]:
    session, visit = case.unit.session, case.visit
    found = queries.list_for_patient(
        session, case.actor, visit.patient_id, now=case.unit.now, limit=EARLIER, before=visit.occurred_at
    )
    ids = [each.id for each in found]
    conditions = queries.conditions_of_ids(session, case.actor, ids, now=case.unit.now)
    reasons = queries.reasons(session, case.actor, ids, now=case.unit.now)
    return tuple(
        EarlierVisit(
            href=f"/visits/{each.id}",
            when=date_text(each.occurred_at, case.zone),
            title=diagnosis_text(conditions.get(each.id, ())) or reasons.get(each.id, ""),
        )
        for each in found
    )


def _note(case: Case, typed: Typed, is_embedded: bool) -> Note:
    def section(name: Section) -> SectionView:
        return typed.sections.get(name) or section_view(case, name)

    return Note(
        findings=section(Section.FINDINGS),
        opinion=section(Section.OPINION),
        advice=section(Section.ADVICE),
        diagnoses=typed.diagnoses or diagnoses_view(case),
        follow_up=_follow_up(case, typed),
        sign=_sign(case, typed, is_embedded),
    )


def section_view(case: Case, name: Section) -> SectionView:
    """Return a section as it is stored."""
    row = case.sections.get(name)
    return SectionView(
        name=str(name),
        action=f"{case.action}/sections/{name}",
        text=row.text if row else "",
        version=row.version if row else 0,
        saved=case.saved_text(row),
    )


def diagnoses_view(case: Case) -> DiagnosesView:
    """Return the diagnoses as they are stored."""
    rows = queries.conditions_of(case.unit.session, case.visit)
    return DiagnosesView(
        action=f"{case.action}/diagnoses",
        rows=tuple(DiagnosisRow(row.code or "", row.text, row.certainty) for row in rows),
        version=case.visit.diagnoses_version,
        certainties=tuple(Option(each, t(f"visits.certainty.{each}")) for each in Certainty),
        saved=t("cases.saved", time=time_text(rows[0].written_at, case.zone)) if rows else "",
    )


def _follow_up(case: Case, typed: Typed) -> FollowUpView:
    visit, session = case.visit, case.unit.session
    today = policy_of(session).local_date(case.unit.now)
    near = [
        visit.station_facility_id,
        *(f.id for f in supporters_of(session, visit.station_facility_id, today)),
    ]
    if visit.follow_up_facility_id and visit.follow_up_facility_id not in near:
        near.append(visit.follow_up_facility_id)
    names = names_of(session, near)
    stored = {
        "follow_up_on": visit.follow_up_on,
        "slack": str(visit.follow_up_slack_days),
        "facility": visit.follow_up_facility_id or visit.station_facility_id,
    }
    return FollowUpView(
        action=f"{case.action}/follow-up",
        form=typed.follow_up or filled(stored),
        version=_typed_version(typed.follow_up, visit.follow_up_version),
        quick=tuple(
            Option(f"{days}:{slack}", f"{t(f'cases.quick.{days}')} {t('cases.slack.days', count=slack)}")
            for days, slack in QUICK_DAYS.items()
        ),
        chosen="" if typed.follow_up else _chosen(visit, today),
        slacks=tuple(
            Option(str(days), t("cases.slack.days", count=days) if days else t("cases.slack.exact"))
            for days in sorted({*SLACKS, visit.follow_up_slack_days})
        ),
        places=tuple(Option(str(each), names[each]) for each in near),
        saved=t("cases.planned", date=_day_text(visit.follow_up_on, visit.follow_up_slack_days))
        if visit.follow_up_on and not typed.follow_up
        else "",
        theirs=typed.follow_up_theirs,
        mine=typed.follow_up_mine,
    )


def _chosen(visit: Visit, today: date) -> str:
    """Return the quick choice that a stored plan is the same as, seen from today."""
    on, slack = visit.follow_up_on, visit.follow_up_slack_days
    if on is None:
        return "none" if visit.follow_up_version else ""
    days = str((on - today).days)
    return f"{days}:{slack}" if QUICK_DAYS.get(days) == slack else ""


def _typed_version(form: FormView | None, stored: int) -> int:
    """Return the version a plan that is printed as typed was read at: it is not for a newer one."""
    said = form["version"].value if form is not None else ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 9 else stored


def planned_text(case: Case, on: date | None, slack: int, facility_id: UUID | None) -> str:
    """Say when and where a patient comes back, as it is shown beside another plan."""
    if on is None:
        return t("cases.none_stored")
    where = facility_id or case.visit.station_facility_id
    return f"{_day_text(on, slack)}\n{names_of(case.unit.session, [where]).get(where, '')}"


def _day_text(on: date, slack: int) -> str:
    return f"{date_text(on)} {t('cases.slack.days', count=slack)}" if slack else date_text(on)


def _sign(case: Case, typed: Typed, is_embedded: bool) -> SignView:
    session, visit = case.unit.session, case.visit
    can_sign = can(case.actor, "visit.sign", visit)
    shown = _shown(case)
    seen = shown if typed.seen is None else typed.seen
    return SignView(
        action=f"{case.action}/sign?embed=record" if is_embedded else f"{case.action}/sign",
        refresh_href=f"{case.here}?embed=record" if is_embedded else case.here,
        # What changed unseen by a page that asks for this part alone is left out of the version: signing
        # from there then meets a newer one, and the whole record is shown before it is signed.
        version=queries.content_version(session, visit) - (shown - seen),
        seen=seen,
        missing=tuple(
            (t(f"visits.parts.{part}"), _anchor(part))
            for part in service.missing_parts(session, visit, now=case.unit.now)
        ),
        form=typed.sign,
        can_sign=can_sign,
        is_unsettled=typed.is_unsettled,
        waits_for="" if can_sign else _signer(case),
    )


def _shown(case: Case) -> int:
    """Add up the versions of the parts the workspace shows, as they are stored."""
    written = (case.sections.get(name) for name in (Section.FINDINGS, Section.OPINION, Section.ADVICE))
    own = sum(row.version for row in written if row)
    own += sum(each.version for each in part_places(case.unit.session, case.visit))
    return own + case.visit.diagnoses_version + case.visit.follow_up_version


def _signer(case: Case) -> str:
    if case.visit.consult_kind == ConsultKind.FACILITY_SUPPORT:
        place = names_of(case.unit.session, [case.visit.station_facility_id])
        return t("cases.station_signs", station=place[case.visit.station_facility_id])
    doctor = case.members.get(case.visit.doctor_membership_id) if case.visit.doctor_membership_id else None
    return t("cases.doctor_signs", name=signature_name(doctor))


def _anchor(part: str) -> str:
    own = {
        "findings": "f-findings",
        "advice": "f-advice",
        "diagnosis": "f-diagnosis",
        "follow_up_past": "f-follow_up_on",
    }
    place = part if part in PLACES else part.partition("_")[0]
    return own.get(part, f"part-{place}" if place in PLACES else "")


def _text(case: Case, name: Section) -> str:
    row = case.sections.get(name)
    return row.text if row else ""
