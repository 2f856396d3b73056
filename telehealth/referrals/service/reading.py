"""Reading referrals on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.referrals import queries
from telehealth.referrals.models import Referral


def read_referral(
    session: Session, actor: Actor, referral_id: UUID, *, now: datetime, action: str = "referral.read"
) -> Referral:
    """Return a referral in scope and note that it was read, or printed. Raises `referral-not-found`."""
    referral = queries.get_referral(session, actor, referral_id, now=now)
    record(
        session,
        actor,
        action,
        subject_kind="referral",
        subject_id=referral.id,
        patient_id=referral.patient_id,
        now=now,
    )
    return referral


def note_list(session: Session, actor: Actor, referrals: Sequence[Referral], *, now: datetime) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if referrals:
        ids = [str(each.id) for each in referrals]
        record(session, actor, "referral.read", subject_kind="referral", facts={"ids": ids}, now=now)
