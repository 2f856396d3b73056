"""Every select of reports, scoped by the actor's facility."""

from datetime import datetime

from sqlalchemy import case
from sqlmodel import Session, col, func, or_, select

from telehealth.kit.actors import Actor
from telehealth.reporting.rules import Wait
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.staff.models import Membership

_AGREED = ("requested", "booked")


def list_waits(session: Session, actor: Actor, *, start: datetime, end: datetime) -> list[Wait]:
    """List how long was waited for what started in a span: of stations and of doctors of the facility.

    One statement. Reads times only, nothing about patients.
    """
    at, to_status = col(AppointmentEvent.at), col(AppointmentEvent.to_status)
    agreed = func.min(case((to_status.in_(_AGREED), at)))
    arrived = func.min(case((to_status == "checked_in", at)))
    started = func.min(case((to_status == "in_progress", at)))
    own = select(Membership.id).where(Membership.facility_id == actor.facility_id)
    query = (
        select(Appointment.station_facility_id, agreed, arrived, started)
        .join(AppointmentEvent, col(AppointmentEvent.appointment_id) == Appointment.id)
        .where(
            or_(
                col(Appointment.station_facility_id) == actor.facility_id,
                col(Appointment.doctor_membership_id).in_(own),
            )
        )
        .group_by(col(Appointment.id), col(Appointment.station_facility_id))
        .having(started >= start, started < end, agreed.is_not(None))
    )
    return [Wait(*row) for row in session.exec(query)]
