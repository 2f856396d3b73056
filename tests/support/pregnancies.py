"""Patients who expect a child."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.background.rules import DatedBy
from telehealth.background.service import date_pregnancy
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.staff.actors import MembershipActor


def make_pregnant(session: Session, nurse: MembershipActor, visit_id: UUID, *, now: datetime) -> None:
    """Note at a visit that its patient is in the twenty-first week."""
    since = (now.astimezone(DEFAULT_ZONE) - timedelta(weeks=20, days=3)).date()
    date_pregnancy(
        session,
        nurse,
        visit_id,
        dated_by=DatedBy.LMP,
        dated_on=since,
        gravida=1,
        para=0,
        version=0,
        now=now,
    )
