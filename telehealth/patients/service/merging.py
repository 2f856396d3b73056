"""Two records of one person: merged so that it can be undone exactly, or told apart for good.

Nothing is moved. Both ids stay; one is current, and everything of the others is shown under it. Whoever may
see one of the records may see all as long as the merge stands.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.models import SamePerson
from telehealth.access.service import join_person, part_person
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.events import publish
from telehealth.kit.text import nfc
from telehealth.patients import queries
from telehealth.patients.events import PatientsMerged
from telehealth.patients.models import Merge, NotSame, Patient
from telehealth.patients.rules import REASON_AT_LEAST, REASON_AT_MOST
from telehealth.patients.service.silencing import let_hold_for_all


def merge(
    session: Session, actor: Actor, *, kept_id: UUID, merged_id: UUID, reason: str, now: datetime
) -> Merge:
    """Let one record stand for another of the same person, from now until it is undone.

    Who died on one of them, or has a wrong number there, is not texted by the other either; that stays.
    Raises `patient-not-found` unless both are in scope, `merge-same`, `reason-too-short`,
    `patient-merged` for a record that is not current, `merge-has-others` where others were merged into
    the one that goes, and `merge-numbers-differ` for two personal numbers: one of them is wrong first.
    """
    if actor.facility_id is None:
        raise ForbiddenError("not-allowed")
    if kept_id == merged_id:
        raise InvalidError("merge-same", field="kept")
    stated = _stated(reason)
    # In one order, so that two who merge the same two records never wait for each other.
    pair = {
        each: queries.get_patient(session, actor, each, now=now, lock=True)
        for each in sorted((kept_id, merged_id))
    }
    _require_mergeable(session, pair[kept_id], pair[merged_id])
    row = Merge(
        kept_id=kept_id,
        merged_id=merged_id,
        reason=stated,
        facility_id=actor.facility_id,
        merged_by=actor.ref,
        merged_at=now,
    )
    session.add(row)
    join_person(session, current_id=kept_id, patient_id=merged_id, now=now)
    _trace(session, actor, row, "merge", now)
    let_hold_for_all(session, actor, kept_id, now=now)
    publish(session, PatientsMerged(kept_id, merged_id), now=now)
    return row


def undo_merge(session: Session, actor: Actor, merge_id: UUID, *, reason: str, now: datetime) -> Merge:
    """Take a merge back: both records are again what they were; what was recorded since stays where it is.

    Raises `merge-not-found` unless the current record is in scope, `merge-undone-before`,
    `reason-too-short`.
    """
    stated = _stated(reason)
    row = session.get(Merge, merge_id, with_for_update=True)
    if row is None:
        raise NotFoundError("merge-not-found")
    queries.get_patient(session, actor, row.kept_id, now=now, lock=True)
    if row.undone_at is not None:
        raise ConflictError("merge-undone-before")
    row.undone_at, row.undone_by, row.undone_reason = now, actor.ref, stated
    session.add(row)
    part_person(session, patient_id=row.merged_id)
    _trace(session, actor, row, "undo", now)
    return row


def tell_apart(session: Session, actor: Actor, patient_id: UUID, other_id: UUID, *, now: datetime) -> None:
    """Remember that two records in scope are of two people, so that nobody is asked again.

    Raises `patient-not-found`, `merge-same`.
    """
    if patient_id == other_id:
        raise InvalidError("merge-same", field="kept")
    for each in (patient_id, other_id):
        queries.get_patient(session, actor, each, now=now)
    first, second = sorted((patient_id, other_id))
    if session.get(NotSame, (first, second)) is None:
        session.add(NotSame(patient_id=first, other_id=second, noted_by=actor.ref, noted_at=now))
    record(
        session,
        actor,
        "patient.merge",
        subject_kind="patient",
        subject_id=other_id,
        patient_id=patient_id,
        facts={"command": "tell_apart"},
        now=now,
    )


def _stated(reason: str) -> str:
    stated = nfc(reason)
    if not REASON_AT_LEAST <= len(stated) <= REASON_AT_MOST:
        raise InvalidError("reason-too-short", field="reason", count=REASON_AT_LEAST)
    return stated


def _require_mergeable(session: Session, kept: Patient, merged: Patient) -> None:
    for each in (kept, merged):
        if session.get(SamePerson, each.id) is not None:
            raise ConflictError("patient-merged")
    others = select(SamePerson.patient_id).where(col(SamePerson.current_id) == merged.id)
    if session.exec(others.limit(1)).first() is not None:
        raise ConflictError("merge-has-others")
    if kept.cccd_index and merged.cccd_index and kept.cccd_index != merged.cccd_index:
        raise ConflictError("merge-numbers-differ")


def _trace(session: Session, actor: Actor, row: Merge, command: str, now: datetime) -> None:
    """Record it with both records, so that each one's trail tells of it."""
    for patient_id in (row.kept_id, row.merged_id):
        record(
            session,
            actor,
            "patient.merge",
            subject_kind="patient_merge",
            subject_id=row.id,
            patient_id=patient_id,
            facts={"command": command, "kept": str(row.kept_id), "merged": str(row.merged_id)},
            now=now,
        )
    session.flush()
