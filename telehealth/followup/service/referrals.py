"""What a referral asks of either side: answer it, tell the patient, choose anew, read what came back."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.referrals.events import (
    ReferralAnswered,
    ReferralArrived,
    ReferralFact,
    ReferralLeft,
    ReferralReturned,
    ReferralSettled,
    ReferralStuck,
)

TOLD_WITHIN: Final = timedelta(hours=4)
READ_WITHIN: Final = timedelta(days=1)


def on_referral_arrived(session: Session, event: ReferralArrived, now: datetime) -> None:
    """Ask the receiving side to answer in time."""
    _open(session, event, event.to_facility_id, TaskKind.ANSWER_REFERRAL, event.due_at, now)


def on_referral_left(session: Session, event: ReferralLeft, now: datetime) -> None:
    """The receiving side has answered, or another has it."""
    close_tasks(session, event.referral_id, Outcome.ANSWERED, kind=TaskKind.ANSWER_REFERRAL, now=now)


def on_referral_answered(session: Session, event: ReferralAnswered, now: datetime) -> None:
    """Ask the station to tell the patient when to come and whom to ask for."""
    _open(session, event, event.from_facility_id, TaskKind.TELL_REFERRAL, now + TOLD_WITHIN, now)


def on_referral_stuck(session: Session, event: ReferralStuck, now: datetime) -> None:
    """Ask the station to choose another facility, phone, or call it off."""
    _open(session, event, event.from_facility_id, TaskKind.REFERRAL_STUCK, now, now)


def on_referral_returned(session: Session, event: ReferralReturned, now: datetime) -> None:
    """Ask the station to read what was found and do what it has to."""
    _open(session, event, event.from_facility_id, TaskKind.READ_RETURN, now + READ_WITHIN, now)


def on_referral_settled(session: Session, event: ReferralSettled, now: datetime) -> None:
    """Nothing is open about it at the station."""
    for kind in (TaskKind.REFERRAL_STUCK, TaskKind.TELL_REFERRAL, TaskKind.READ_RETURN):
        close_tasks(session, event.referral_id, Outcome.NOT_NEEDED, kind=kind, now=now)


def _open(
    session: Session, event: ReferralFact, facility_id: UUID, kind: TaskKind, due_at: datetime, now: datetime
) -> None:
    open_task(
        session,
        facility_id=facility_id,
        patient_id=event.patient_id,
        kind=kind,
        subject_kind=Subject.REFERRAL,
        subject_id=event.referral_id,
        due_at=due_at,
        detail=event.urgency,
        now=now,
    )
