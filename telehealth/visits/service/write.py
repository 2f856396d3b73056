"""Writing an open visit: sections with their own versions, measurements, diagnoses, follow-up."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.visits import queries, vitals
from telehealth.visits.models import Condition, Observation, Visit, VisitSection
from telehealth.visits.rules import Diagnosis, Section, accept_text, action_for
from telehealth.visits.states import MACHINE, VisitCommand, VisitState

MAX_DIAGNOSES = 12


def write_section(
    session: Session, actor: Actor, visit_id: UUID, section: Section, text: str, *, version: int, now: datetime
) -> VisitSection:
    """Write one section; `version` is the one the writer read (0: none yet).

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `text-too-long`, and `stale-version`
    when somebody else wrote it since: both texts then still exist, one here, one in the form.
    """
    action = action_for(section)
    check(actor, action)
    visit = _open_visit(session, actor, visit_id, now=now)
    current = session.get(VisitSection, (visit.id, str(section)), with_for_update=True)
    if (current.version if current else 0) != version:
        raise StaleError("stale-version")
    written = put_section(session, actor, visit, section, text, now=now)
    _note(session, actor, visit, action, {"section": str(section)}, now)
    return written


def measure(
    session: Session, actor: Actor, visit_id: UUID, values: Mapping[str, Decimal], *, at: datetime, now: datetime
) -> list[Observation]:
    """Add measurements taken at an instant; earlier ones stay. Raises `vital-impossible` and kin."""
    check(actor, "visit.measure")
    visit = _open_visit(session, actor, visit_id, now=now)
    rows = add_observations(session, actor, visit, values, at=at, now=now)
    _note(session, actor, visit, "visit.measure", {"codes": sorted(values)}, now)
    return rows


def set_diagnoses(
    session: Session, actor: Actor, visit_id: UUID, diagnoses: Sequence[Diagnosis], *, version: int, now: datetime
) -> list[Condition]:
    """Replace the diagnoses of an open visit, the main one first; `version` is the visit's.

    Raises `not-allowed`, `visit-closed`, `stale-version`, `too-many-diagnoses`, `diagnosis-empty`.
    """
    check(actor, "visit.diagnose")
    visit = _open_visit(session, actor, visit_id, now=now, version=version)
    if len(diagnoses) > MAX_DIAGNOSES:
        raise InvalidError("too-many-diagnoses", limit=MAX_DIAGNOSES)
    if any(not diagnosis.text.strip() for diagnosis in diagnoses):
        raise InvalidError("diagnosis-empty", field="diagnosis")
    session.exec(delete(Condition).where(col(Condition.visit_id) == visit.id))
    rows = [
        Condition(
            visit_id=visit.id,
            rank=rank,
            code=diagnosis.code,
            code_list=diagnosis.code_list,
            text=diagnosis.text.strip(),
            certainty=diagnosis.certainty,
            written_by=actor.ref,
            written_at=now,
        )
        for rank, diagnosis in enumerate(diagnoses)
    ]
    session.add_all(rows)
    visit.version += 1
    session.add(visit)
    _note(session, actor, visit, "visit.diagnose", {"count": len(rows)}, now)
    return rows


def plan_follow_up(
    session: Session, actor: Actor, visit_id: UUID, on: date | None, facility_id: UUID | None, *, version: int, now: datetime
) -> Visit:
    """Say when and where the patient comes back; no date takes the plan away.

    Raises `not-allowed`, `visit-closed`, `stale-version`, `follow-up-in-past`.
    """
    check(actor, "visit.write")
    visit = _open_visit(session, actor, visit_id, now=now, version=version)
    if on is not None and on <= policy_of(session).local_date(now):
        raise InvalidError("follow-up-in-past", field="follow_up_on")
    visit.follow_up_on = on
    visit.follow_up_facility_id = (facility_id or visit.station_facility_id) if on else None
    visit.version += 1
    session.add(visit)
    _note(session, actor, visit, "visit.write", {"part": "follow_up"}, now)
    return visit


def put_section(
    session: Session, actor: Actor, visit: Visit, section: Section, text: str, *, now: datetime
) -> VisitSection:
    """Insert or replace a section without asking for its version; for use inside this slice."""
    cleaned = accept_text(text, section)
    row = session.get(VisitSection, (visit.id, str(section)))
    if row is None:
        row = VisitSection(visit_id=visit.id, name=section, text=cleaned, written_by=actor.ref, written_at=now)
    else:
        row.text, row.written_by, row.written_at, row.version = cleaned, actor.ref, now, row.version + 1
    session.add(row)
    session.flush()
    return row


def add_observations(
    session: Session, actor: Actor, visit: Visit, values: Mapping[str, Decimal], *, at: datetime, now: datetime
) -> list[Observation]:
    """Add measured values; all are checked before any is added. For use inside this slice."""
    accepted = {code: vitals.accept(code, value) for code, value in values.items()}
    rows = [
        Observation(
            visit_id=visit.id,
            patient_id=visit.patient_id,
            code=code,
            value=value,
            measured_by=actor.ref,
            occurred_at=at,
            recorded_at=now,
        )
        for code, value in accepted.items()
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _open_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime, version: int | None = None) -> Visit:
    visit = queries.get_visit(session, actor, visit_id, now=now)
    if not MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN):
        raise ConflictError("visit-closed")
    if version is not None and visit.version != version:
        raise StaleError("stale-version")
    return visit


def _note(session: Session, actor: Actor, visit: Visit, action: str, facts: dict[str, object], now: datetime) -> None:
    record(
        session, actor, action, subject_kind="visit", subject_id=visit.id, patient_id=visit.patient_id, facts=facts, now=now
    )
    scopes = {visit.station_facility_id, visit.doctor_membership_id} - {None}
    note_change(session, "visit", visit.id, scopes=[scope for scope in scopes if scope], now=now)
