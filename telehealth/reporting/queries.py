"""Every select of reports, scoped by the actor's facility."""

from datetime import datetime

from sqlalchemy import case
from sqlmodel import Session, col, func, or_, select

from telehealth.duty.models import Pool
from telehealth.kit.actors import Actor
from telehealth.reporting.rules import UrgentWait, Wait
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.staff.models import Membership
from telehealth.urgent.models import UrgentEvent, UrgentLevel, UrgentRequest
from telehealth.urgent.rules import StepKind
from telehealth.urgent.states import UrgentState

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


def list_urgent_waits(session: Session, actor: Actor, *, start: datetime, end: datetime) -> list[UrgentWait]:
    """List how long was rung for what was pressed in a span: of stations and of pools of the facility.

    What was called off before anybody accepted is left out. One statement. Reads times only.
    """
    accepted = func.min(case((col(UrgentEvent.kind) == StepKind.ACCEPTED, col(UrgentEvent.at))))
    reached = (
        select(UrgentLevel.request_id)
        .join(Pool, col(Pool.id) == UrgentLevel.pool_id)
        .where(Pool.facility_id == actor.facility_id, col(UrgentLevel.rung_at).is_not(None))
    )
    request = (
        col(UrgentRequest.id),
        col(UrgentRequest.station_facility_id),
        col(UrgentRequest.enqueued_at),
        col(UrgentRequest.state),
    )
    query = (
        select(UrgentRequest.station_facility_id, UrgentRequest.enqueued_at, accepted)
        .join(UrgentEvent, col(UrgentEvent.request_id) == UrgentRequest.id)
        .where(
            col(UrgentRequest.enqueued_at) >= start,
            col(UrgentRequest.enqueued_at) < end,
            or_(
                col(UrgentRequest.station_facility_id) == actor.facility_id,
                col(UrgentRequest.id).in_(reached),
            ),
        )
        .group_by(*request)
        .having(or_(col(UrgentRequest.state) != UrgentState.CANCELLED, accepted.is_not(None)))
    )
    return [UrgentWait(*row) for row in session.exec(query)]
