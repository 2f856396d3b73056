"""Opening a record out of scope in an emergency, for an hour, with everybody told; and judging it afterwards.

The person at the desk is trusted to act and answers for it: OWASP ASVS 5.0 2.3.5, 7.5.3, and the
break-glass requirement of the security page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.audit.service import record
from telehealth.kit.changes import note_change
from telehealth.kit.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    Kind,
    NotFoundError,
)
from telehealth.kit.events import publish
from telehealth.kit.text import nfc
from telehealth.patients import glasses
from telehealth.patients.events import GlassBroken
from telehealth.patients.models import BrokenGlass, Patient
from telehealth.patients.rules import REASON_AT_LEAST, REASON_AT_MOST, GlassReason, Verdict
from telehealth.patients.service.reading import note_seen
from telehealth.staff.actors import MembershipActor

OPEN_FOR: Final = timedelta(minutes=60)
OPENED_AT_MOST: Final = 10
"""How many records one person may open so in a day: an emergency has a few patients, a thief many."""


def look_out(session: Session, actor: MembershipActor, text: str, *, now: datetime) -> list[Patient]:
    """Find whose record may be meant, in any scope; that somebody looked is on record.

    A CCCD or BHYT number, or a name with a birth date or year. Raises `glass-who-needed` for less,
    `glass-too-many` where more fit than can be told apart.
    """
    check(actor, "glass.break")
    found = glasses.find_candidates(session, text, now=now)
    if len(found) > glasses.CANDIDATES_AT_MOST:
        raise InvalidError("glass-too-many", field="text")
    for patient in found:
        record(
            session,
            actor,
            "glass.break",
            subject_kind="candidate",
            subject_id=patient.id,
            patient_id=patient.id,
            facts={"found": len(found)},
            now=now,
        )
    return found


def break_glass(
    session: Session,
    actor: MembershipActor,
    patient_id: UUID,
    text: str,
    *,
    reason_code: GlassReason,
    reason: str,
    now: datetime,
) -> BrokenGlass:
    """Open the record of one of those `look_out` finds for this text, to this person, for an hour.

    Raises `reason-too-short`, `patient-not-found` for anybody else's id, `glass-too-often`, and what
    `look_out` raises. Who opened it may read and treat; the coordinator and the patient's station are told.
    """
    check(actor, "glass.break")
    stated = nfc(reason)
    if not REASON_AT_LEAST <= len(stated) <= REASON_AT_MOST:
        raise InvalidError("reason-too-short", field="reason", count=REASON_AT_LEAST)
    patient = _chosen(glasses.find_candidates(session, text, now=now), patient_id)
    if glasses.count_since(session, actor.ref, now - timedelta(days=1)) >= OPENED_AT_MOST:
        raise DomainError("glass-too-often", Kind.TOO_MANY, count=OPENED_AT_MOST)
    row = BrokenGlass(
        patient_id=patient.id,
        membership_id=actor.ref,
        facility_id=actor.here,
        station_facility_id=patient.registered_facility_id,
        reason_code=reason_code,
        reason=stated,
        opened_at=now,
        until_at=now + OPEN_FOR,
    )
    session.add(row)
    open_grant(
        session,
        patient_id=patient.id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=actor.ref,
        basis=Basis.BREAK_GLASS,
        source_id=row.id,
        now=now,
        until_at=row.until_at,
    )
    _trace(session, actor, row, {"reason_code": reason_code}, now)
    note_seen(session, actor, patient.id, now=now)
    event = GlassBroken(row.id, patient.id, row.facility_id, row.station_facility_id)
    publish(session, event, now=now)
    return row


def review(
    session: Session,
    actor: MembershipActor,
    glass_id: UUID,
    verdict: Verdict,
    *,
    note: str,
    now: datetime,
) -> BrokenGlass:
    """Say whether opening a record was justified; that it was not needs words.

    Raises `glass-not-found` outside the facility of who opened it, `not-allowed` for what one opened
    oneself, `glass-reviewed-before`, `reason-too-short`.
    """
    check(actor, "glass.review")
    row = glasses.get_glass(session, actor, glass_id, lock=True)
    if row.membership_id == actor.ref:
        raise ForbiddenError("not-allowed")
    if row.verdict is not None:
        raise ConflictError("glass-reviewed-before")
    words = nfc(note)[:REASON_AT_MOST]
    if verdict is Verdict.NOT_JUSTIFIED and len(words) < REASON_AT_LEAST:
        raise InvalidError("reason-too-short", field="note", count=REASON_AT_LEAST)
    row.verdict, row.note = verdict, words
    row.reviewed_by, row.reviewed_at = actor.ref, now
    session.add(row)
    _trace(session, actor, row, {"verdict": verdict}, now, "glass.review")
    return row


def read_reviews(
    session: Session, actor: MembershipActor, *, now: datetime, is_noted: bool = True
) -> list[BrokenGlass]:
    """Return what was opened by the facility's people, what waits first; reading the list is on record,
    `is_noted` false for what a page does by itself."""
    check(actor, "glass.review")
    found = glasses.list_glasses(session, actor)
    facts = {"ids": [str(row.id) for row in found]}
    if is_noted:
        record(session, actor, "glass.review", subject_kind="broken_glass", facts=facts, now=now)
    return found


def _chosen(candidates: Sequence[Patient], patient_id: UUID) -> Patient:
    for patient in candidates:
        if patient.id == patient_id:
            return patient
    raise NotFoundError("patient-not-found")


def _trace(
    session: Session,
    actor: MembershipActor,
    row: BrokenGlass,
    facts: dict[str, str],
    now: datetime,
    action: str = "glass.break",
) -> None:
    record(
        session,
        actor,
        action,
        subject_kind="broken_glass",
        subject_id=row.id,
        patient_id=row.patient_id,
        facts=facts,
        now=now,
    )
    note_change(session, "glass", row.id, scopes=[row.facility_id, row.station_facility_id], now=now)
    session.flush()
