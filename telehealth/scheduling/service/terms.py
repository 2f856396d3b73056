"""What the terms of a service or a pool say of one appointment."""

from datetime import datetime, timedelta

from sqlmodel import Session

from telehealth.duty.queries import get_pool
from telehealth.scheduling import queries
from telehealth.scheduling.models import Appointment


def answer_until(session: Session, appointment: Appointment, *, now: datetime) -> datetime:
    """Return until when a request is to be answered, never past its start.

    By the term of the pool that is asked, else by that of the service.
    """
    if appointment.pool_id is not None:
        minutes = get_pool(session, appointment.pool_id).respond_minutes
    else:
        minutes = queries.get_service_of(session, appointment).respond_minutes
    return min(now + timedelta(minutes=minutes), appointment.starts_at)
