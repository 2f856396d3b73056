"""The receiving side's right to the patient's data: it comes with the referral and goes with it."""

from datetime import datetime

from sqlmodel import Session

from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.kit.policy import policy_of
from telehealth.referrals.models import Referral


def begin_right(session: Session, referral: Referral, *, now: datetime) -> None:
    """Let the facility a referral lies at see the patient, and none it lay at before."""
    end_right(session, referral, now=now)
    open_grant(
        session,
        patient_id=referral.patient_id,
        holder_kind=HolderKind.FACILITY,
        holder_id=referral.to_facility_id,
        basis=Basis.REFERRAL,
        source_id=referral.id,
        now=now,
    )


def end_right(session: Session, referral: Referral, *, now: datetime) -> None:
    """End the right at once: the facility has no part in the patient's care."""
    close_grants(session, source_id=referral.id, until_at=now)


def let_right_run_out(session: Session, referral: Referral, *, now: datetime) -> None:
    """Leave the right for the days a deployment grants after care is over."""
    close_grants(session, source_id=referral.id, until_at=now + policy_of(session).grant_after_visit)
