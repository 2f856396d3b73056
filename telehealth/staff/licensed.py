"""Who may sign for a station: a query of its own, beside those of the slice."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.staff.models import Membership, Staff
from telehealth.staff.queries import may_work
from telehealth.staff.rules import Qualification, Role, may_treat


def has_practitioner(session: Session, station_id: UUID, *, on: date) -> bool:
    """Tell whether a licensed practitioner works at a station on a day: somebody who may sign for it."""
    query = (
        select(Membership.qualification, Membership.licence_number)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .where(
            Membership.facility_id == station_id,
            Membership.role == Role.STATION_PRACTITIONER,
            may_work(on),
        )
    )
    return any(may_treat(Qualification(trained), licence) for trained, licence in session.exec(query))
