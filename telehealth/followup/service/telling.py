"""Queueing the texts of appointments and plans, with their links."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.facilities.queries import get_facility
from telehealth.followup.models import Plan
from telehealth.followup.queries import agreed_version
from telehealth.followup.rules import Subject, dialled, instant_on, sms_date, sms_time
from telehealth.kit.policy import policy_of
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import queue_message
from telehealth.scheduling.models import Appointment

_TEMPLATES = {"station": "appointment_at_station", "home": "appointment_by_phone"}


def tell_appointment(
    session: Session,
    appointment: Appointment,
    link: PatientLink,
    *,
    now: datetime,
    version: int | None = None,
) -> OutboxMessage:
    """Queue the text of an agreed time; one for each version that set it and each link.

    `version` is the one that set it, for callers who know.
    """
    version = version or agreed_version(session, appointment)
    return _tell_of_appointment(
        session,
        appointment,
        template=_TEMPLATES[appointment.patient_place],
        dedupe_key=f"appointment:{appointment.id}:v{version}:link:{link.id}",
        version=version,
        link_id=link.id,
        now=now,
    )


def tell_cancelled(session: Session, appointment: Appointment, *, now: datetime) -> OutboxMessage:
    """Queue the text that an agreed time was called off."""
    return _tell_of_appointment(
        session,
        appointment,
        template="appointment_cancelled",
        dedupe_key=f"appointment:{appointment.id}:v{appointment.version}:cancelled",
        version=appointment.version,
        link_id=None,
        now=now,
    )


def tell_plan(session: Session, plan: Plan, link: PatientLink, *, now: datetime) -> OutboxMessage:
    """Queue the text of the next visit; one for each version of the plan and each link."""
    zone = policy_of(session).zone
    starts_at = instant_on(plan.due_on, plan.from_minute, zone)
    return queue_message(
        session,
        template="next_visit",
        params=_params(session, plan.facility_id, plan.station_facility_id, starts_at),
        facility_id=plan.station_facility_id,
        patient_id=plan.patient_id,
        dedupe_key=f"plan:{plan.id}:v{plan.version}:link:{link.id}",
        subject_kind=Subject.PLAN,
        subject_id=plan.id,
        subject_version=plan.version,
        link_id=link.id,
        due_at=now,
        not_after_at=starts_at,
        now=now,
    )


def _tell_of_appointment(
    session: Session,
    appointment: Appointment,
    *,
    template: str,
    dedupe_key: str,
    version: int,
    link_id: UUID | None,
    now: datetime,
) -> OutboxMessage:
    station = appointment.station_facility_id
    return queue_message(
        session,
        template=template,
        params=_params(session, station, station, appointment.starts_at),
        facility_id=station,
        patient_id=appointment.patient_id,
        dedupe_key=dedupe_key,
        subject_kind=Subject.APPOINTMENT,
        subject_id=appointment.id,
        subject_version=version,
        link_id=link_id,
        due_at=now,
        not_after_at=appointment.starts_at,
        now=now,
    )


def _params(session: Session, where: UUID, station: UUID, starts_at: datetime) -> dict[str, str]:
    """Return what a text may say: facility, date, time, whom to phone. Never why."""
    zone = policy_of(session).zone
    facility = get_facility(session, where)
    called = facility if where == station else get_facility(session, station)
    return {
        "facility": facility.sms_name,
        "phone": dialled(called.phone),
        "date": sms_date(starts_at, zone),
        "time": sms_time(starts_at, zone),
    }
