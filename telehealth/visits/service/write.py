"""Writing an open visit: sections with their own versions, measurements, diagnoses, follow-up.

Each part has its own version, so that station and doctor can write different parts at once. Saying
again what is already stored is no conflict: a browser repeats a save whose answer got lost.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ClashError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.visits import codes as code_lists
from telehealth.visits import queries, vitals
from telehealth.visits.models import Condition, Observation, Visit, VisitSection
from telehealth.visits.rules import (
    MAX_DIAGNOSES,
    MAX_SLACK_DAYS,
    Certainty,
    Diagnosis,
    Section,
    accept_code,
    accept_line,
    accept_text,
    action_for,
)
from telehealth.visits.service.history import note
from telehealth.visits.service.opened import visit_to_write


def write_section(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    section: Section,
    text: str,
    *,
    version: int,
    now: datetime,
) -> VisitSection:
    """Write one section; `version` is the one the writer read (0: none yet).

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `text-too-long`, and `stale-version` (a
    ClashError) when somebody else wrote it since: both texts then still exist, one here, one in the form.
    """
    action = action_for(section)
    check(actor, action)
    visit = visit_to_write(session, actor, visit_id, now=now)
    current = session.get(VisitSection, (visit.id, str(section)))
    if current is not None and current.text == accept_text(text, section):
        return current
    if (current.version if current else 0) != version:
        raise ClashError(yours=text, theirs=_as_shown(current))
    written = put_section(session, actor, visit, section, text, now=now)
    note(session, actor, visit, action, {"section": str(section)}, now=now)
    return written


def measure(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    values: Mapping[str, Decimal],
    *,
    at: datetime,
    now: datetime,
) -> list[Observation]:
    """Add measurements taken at an instant; earlier ones stay.

    Raises `not-allowed`, `visit-closed`, `time-in-future`, `vital-impossible` and its kin.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    if at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="occurred_at")
    rows = add_observations(session, actor, visit, values, at=at, now=now)
    note(session, actor, visit, "visit.measure", {"codes": sorted(values)}, now=now)
    return rows


def keep_result(
    session: Session, actor: Actor, visit_id: UUID, values: Mapping[str, Decimal], *, now: datetime
) -> list[Observation]:
    """Add what was measured because it was ordered; the caller has fetched and locked what orders it.

    A signed record stays as it is; trends and later visits know the value all the same. Raises as `measure`
    does for values that cannot be.
    """
    visit = session.get_one(Visit, visit_id)
    rows = add_observations(session, actor, visit, values, at=now, now=now)
    note(session, actor, visit, "visit.measure", {"codes": sorted(values)}, now=now)
    return rows


def set_diagnoses(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    diagnoses: Sequence[Diagnosis],
    *,
    version: int,
    now: datetime,
) -> list[Condition]:
    """Replace the diagnoses of an open visit, the main one first.

    `version` is `Visit.diagnoses_version` as the writer read it. A code our list has may come
    without words and takes the list's. Raises `not-allowed`, `visit-closed`, `stale-version`,
    `too-many-diagnoses`, `diagnosis-empty`, `diagnosis-code-invalid`.
    """
    check(actor, "visit.diagnose")
    visit = visit_to_write(session, actor, visit_id, now=now)
    accepted = _accept_diagnoses(session, diagnoses, on=policy_of(session).local_date(now))
    current = queries.conditions_of(session, visit)
    if [as_diagnosis(row) for row in current] == accepted:
        return current
    if visit.diagnoses_version != version:
        raise StaleError("stale-version")
    session.exec(delete(Condition).where(col(Condition.visit_id) == visit.id))
    rows = [
        Condition(
            visit_id=visit.id,
            rank=rank,
            code=diagnosis.code,
            code_list=diagnosis.code_list,
            text=diagnosis.text,
            certainty=diagnosis.certainty,
            written_by=actor.ref,
            written_at=now,
        )
        for rank, diagnosis in enumerate(accepted)
    ]
    session.add_all(rows)
    visit.diagnoses_version += 1
    session.add(visit)
    note(session, actor, visit, "visit.diagnose", {"count": len(rows)}, now=now)
    return rows


def plan_follow_up(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    on: date | None,
    facility_id: UUID | None,
    *,
    version: int,
    now: datetime,
    slack_days: int = 0,
) -> Visit:
    """Say when and where the patient comes back (the station unless said); no date: no plan.

    So many days before or after would do as well. `version` is `Visit.follow_up_version` as the writer
    read it. Raises `not-allowed`, `visit-closed`, `facility-not-found`, `follow-up-in-past`,
    `follow-up-slack`, `stale-version`.
    """
    check(actor, "visit.write")
    visit = visit_to_write(session, actor, visit_id, now=now)
    if on is not None and on <= policy_of(session).local_date(now):
        raise InvalidError("follow-up-in-past", field="follow_up_on")
    if not 0 <= slack_days <= MAX_SLACK_DAYS:
        raise InvalidError("follow-up-slack", field="slack", limit=MAX_SLACK_DAYS)
    where = get_facility(session, facility_id or visit.station_facility_id).id if on else None
    slack = slack_days if on else 0
    if (visit.follow_up_on, visit.follow_up_facility_id, visit.follow_up_slack_days) == (on, where, slack):
        return visit
    if visit.follow_up_version != version:
        raise StaleError("stale-version")
    visit.follow_up_on, visit.follow_up_facility_id = on, where
    visit.follow_up_slack_days = slack
    visit.follow_up_version += 1
    session.add(visit)
    note(session, actor, visit, "visit.write", {"part": "follow_up"}, now=now)
    return visit


def put_section(
    session: Session, actor: Actor, visit: Visit, section: Section, text: str, *, now: datetime
) -> VisitSection:
    """Insert or replace a section without asking for its version; for use inside this slice."""
    cleaned = accept_text(text, section)
    row = session.get(VisitSection, (visit.id, str(section)))
    if row is None:
        row = VisitSection(
            visit_id=visit.id, name=section, text=cleaned, written_by=actor.ref, written_at=now
        )
    else:
        row.text, row.written_by, row.written_at, row.version = cleaned, actor.ref, now, row.version + 1
    session.add(row)
    session.flush()
    return row


def add_observations(
    session: Session,
    actor: Actor,
    visit: Visit,
    values: Mapping[str, Decimal],
    *,
    at: datetime,
    now: datetime,
) -> list[Observation]:
    """Add measured values; all are checked before any is added. For use inside this slice."""
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
        for code, value in vitals.accept_all(values).items()
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _as_shown(section: VisitSection | None) -> dict[str, object]:
    """Return a section as the other side of a conflict is shown it; nothing written is version 0."""
    if section is None:
        return {"text": "", "version": 0}
    return section.model_dump(mode="json", include={"text", "version", "written_by", "written_at"})


def as_diagnosis(row: Condition) -> Diagnosis:
    """Return a stored diagnosis as its writer gave it."""
    return Diagnosis(row.text, Certainty(row.certainty), row.code, row.code_list)


def _accept_diagnoses(session: Session, diagnoses: Sequence[Diagnosis], *, on: date) -> list[Diagnosis]:
    if len(diagnoses) > MAX_DIAGNOSES:
        raise InvalidError("too-many-diagnoses", limit=MAX_DIAGNOSES)
    codes = [accept_code(each.code) if each.code else None for each in diagnoses]
    known = code_lists.codes_of(session, [code for code in codes if code], on=on)
    accepted = []
    for each, code in zip(diagnoses, codes, strict=True):
        listed = known.get(code) if code else None
        text = accept_line(each.text) or (listed.name if listed else "")
        if not text:
            raise InvalidError("diagnosis-empty", field="diagnosis")
        accepted.append(Diagnosis(text, each.certainty, code, listed.code_list if listed else None))
    return accepted
