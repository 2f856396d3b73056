"""What time does to a sent referral: a reminder, and the station has to choose when nobody answers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.events import publish
from telehealth.referrals import queries
from telehealth.referrals.events import ReferralStuck
from telehealth.referrals.rules import StepKind
from telehealth.referrals.service.history import facts_of, note, rearm
from telehealth.referrals.states import ReferralState


def list_due(session: Session, *, now: datetime) -> list[UUID]:
    """List the referrals a tick has something to do for."""
    return queries.list_due(session, now=now)


def tick(session: Session, referral_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one referral; each clock goes off once. False where another node was there."""
    referral = queries.lock_due(session, referral_id)
    if referral is None or referral.state != ReferralState.SENT:
        return False
    if referral.due_at is None or referral.due_at > now:
        return False
    if referral.remind_at is not None and referral.remind_at <= now:
        referral.remind_at = None
        note(session, SYSTEM, referral, StepKind.REMINDED, now=now)
    if referral.overdue_at is not None and referral.overdue_at <= now:
        referral.overdue_at = None
        note(session, SYSTEM, referral, StepKind.OVERDUE, now=now)
        publish(session, ReferralStuck(**facts_of(referral, now)), now=now)
    rearm(referral)
    session.add(referral)
    session.flush()
    return True
