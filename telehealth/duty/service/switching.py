"""What a doctor says by the switch."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.models import DutySwitch


def set_switch(
    session: Session, membership_id: UUID, *, is_on: bool, until_at: datetime, now: datetime
) -> DutySwitch:
    """Keep what a doctor says by the switch; it beats the roster until it runs out."""
    switch = session.get(DutySwitch, membership_id, with_for_update=True)
    switch = switch or DutySwitch(membership_id=membership_id, is_on=is_on, changed_at=now, until_at=until_at)
    switch.is_on, switch.changed_at, switch.until_at = is_on, now, until_at
    session.add(switch)
    session.flush()
    return switch
