"""Queueing the texts of appointments and plans, with their links."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.followup.expecting import expected_at
from telehealth.followup.models import Plan
from telehealth.followup.queries import agreed_version
from telehealth.followup.rules import STAYS_OPEN, Subject, sms_date, sms_time
from telehealth.kit.phones import dialled
from telehealth.kit.policy import policy_of
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import Wanted, queue_message
from telehealth.scheduling.models import Appointment

_TEMPLATES = {"station": "appointment_at_station", "home": "appointment_by_phone"}
REMINDER: Final = ":reminder"
"""Part of the key of every reminder, automatic or not: what it marks is not sent twice."""

_REMINDERS = {"station": "reminder_at_station", "home": "reminder_by_phone"}


WORTH_READING: Final = timedelta(days=2)
"""How long after a missed visit a text may still offer another time; then somebody has phoned."""


def tell_appointment(
    session: Session,
    appointment: Appointment,
    link: PatientLink,
    *,
    now: datetime,
    version: int | None = None,
    asked_id: UUID | None = None,
) -> OutboxMessage:
    """Queue the text of an agreed time; one for each version that set it and each link.

    `version` is the one that set it, for callers who know; `asked_id` the asking of somebody who lost the
    link, which is answered with a text of its own. Once its time has come it is urgent: consultations run
    late, and the link leads into the waiting room as long as that is open.
    """
    version = version or agreed_version(session, appointment)
    has_begun = appointment.starts_at <= now
    wanted = _of_appointment(
        session,
        appointment,
        get_facility(session, appointment.station_facility_id),
        template=_TEMPLATES[appointment.patient_place],
        dedupe_key=f"appointment:{appointment.id}:v{version}:link:{link.id}{_again(asked_id)}",
        version=version,
        link_id=link.id,
        not_after_at=appointment.ends_at + STAYS_OPEN if has_begun else None,
        is_urgent=has_begun,
        now=now,
    )
    return queue_message(session, wanted, now=now)


def reminder_of(
    session: Session,
    appointment: Appointment,
    link: PatientLink,
    station: Facility,
    *,
    version: int,
    lead: timedelta,
    shorter: timedelta,
    now: datetime,
    in_vain: int = 0,
) -> Wanted:
    """Return the reminder of an agreed time, to be queued; one for each version that set it and each lead.

    Once the next, `shorter` one is due this one is too late: two at once would only annoy. `in_vain`
    earlier ones could not leave; this one takes their place.
    """
    minutes = lead // timedelta(minutes=1)
    again = f":again:{in_vain}" if in_vain else ""
    return _of_appointment(
        session,
        appointment,
        station,
        template=_REMINDERS[appointment.patient_place],
        dedupe_key=f"appointment:{appointment.id}:v{version}{REMINDER}:{minutes}" + again,
        version=version,
        link_id=link.id,
        not_after_at=appointment.starts_at - shorter,
        lead_minutes=minutes,
        now=now,
    )


def tell_waited_for(
    session: Session, appointment: Appointment, link: PatientLink, *, not_after_at: datetime, now: datetime
) -> OutboxMessage:
    """Queue the text by which a patient who is missing in the call comes into it; one for each link."""
    version = agreed_version(session, appointment)
    wanted = _of_appointment(
        session,
        appointment,
        get_facility(session, appointment.station_facility_id),
        template=_TEMPLATES["home"],
        dedupe_key=f"appointment:{appointment.id}:waited:link:{link.id}",
        version=version,
        link_id=link.id,
        not_after_at=not_after_at,
        is_urgent=True,
        now=now,
    )
    return queue_message(session, wanted, now=now)


def tell_missed(
    session: Session,
    missed: Appointment,
    link: PatientLink,
    *,
    now: datetime,
    waits: timedelta = timedelta(0),
    asked_id: UUID | None = None,
) -> OutboxMessage:
    """Queue the text by which whoever did not come chooses a new time; one for each link, or each asking.

    It leaves after it `waits`: an absence noted in error is taken back within minutes.
    """
    station = get_facility(session, missed.station_facility_id)
    return queue_message(
        session,
        Wanted(
            template="missed_visit",
            params=_params(session, station, station, missed.starts_at),
            facility_id=station.id,
            patient_id=missed.patient_id,
            dedupe_key=f"missed:{missed.id}:v{missed.version}:link:{link.id}{_again(asked_id)}",
            subject_kind=Subject.MISSED_VISIT,
            subject_id=missed.id,
            subject_version=missed.version,
            link_id=link.id,
            due_at=now + waits,
            not_after_at=now + WORTH_READING,
        ),
        now=now,
    )


def tell_cancelled(session: Session, appointment: Appointment, *, now: datetime) -> OutboxMessage:
    """Queue the text that an agreed time was called off."""
    wanted = _of_appointment(
        session,
        appointment,
        get_facility(session, appointment.station_facility_id),
        template="appointment_cancelled",
        dedupe_key=f"appointment:{appointment.id}:v{appointment.version}:cancelled",
        version=appointment.version,
        link_id=None,
        now=now,
    )
    return queue_message(session, wanted, now=now)


def tell_plan(
    session: Session, plan: Plan, link: PatientLink, *, now: datetime, asked_id: UUID | None = None
) -> OutboxMessage:
    """Queue the text of the next visit; one for each version of the plan and each link, or each asking."""
    key = f"plan:{plan.id}:v{plan.version}:link:{link.id}{_again(asked_id)}"
    return _tell_of_plan(session, plan, link, dedupe_key=key, now=now)


def remind_plan(
    session: Session, plan: Plan, link: PatientLink, *, now: datetime, in_vain: int = 0
) -> OutboxMessage:
    """Queue a reminder of the next visit; one for each version of the plan.

    `in_vain` earlier ones could not leave; this one takes their place.
    """
    again = f":again:{in_vain}" if in_vain else ""
    key = f"plan:{plan.id}:v{plan.version}{REMINDER}{again}"
    return _tell_of_plan(session, plan, link, dedupe_key=key, now=now)


def _tell_of_plan(
    session: Session, plan: Plan, link: PatientLink, *, dedupe_key: str, now: datetime
) -> OutboxMessage:
    starts_at = expected_at(session, plan, now)
    where, station = (get_facility(session, each) for each in (plan.facility_id, plan.station_facility_id))
    return queue_message(
        session,
        Wanted(
            template="next_visit",
            params=_params(session, where, station, starts_at),
            facility_id=plan.station_facility_id,
            patient_id=plan.patient_id,
            dedupe_key=dedupe_key,
            subject_kind=Subject.PLAN,
            subject_id=plan.id,
            subject_version=plan.version,
            link_id=link.id,
            due_at=now,
            not_after_at=starts_at,
        ),
        now=now,
    )


def _of_appointment(
    session: Session,
    appointment: Appointment,
    station: Facility,
    *,
    template: str,
    dedupe_key: str,
    version: int,
    link_id: UUID | None,
    now: datetime,
    not_after_at: datetime | None = None,
    lead_minutes: int | None = None,
    is_urgent: bool = False,
) -> Wanted:
    return Wanted(
        template=template,
        params=_params(session, station, station, appointment.starts_at),
        facility_id=station.id,
        patient_id=appointment.patient_id,
        dedupe_key=dedupe_key,
        subject_kind=Subject.APPOINTMENT,
        subject_id=appointment.id,
        subject_version=version,
        link_id=link_id,
        due_at=now,
        not_after_at=not_after_at or appointment.starts_at,
        lead_minutes=lead_minutes,
        is_urgent=is_urgent,
    )


def _params(session: Session, where: Facility, called: Facility, starts_at: datetime) -> dict[str, str]:
    """Return what a text may say: facility, date, time, whom to phone. Never why."""
    zone = policy_of(session).zone
    return {
        "facility": where.sms_name,
        "phone": dialled(called.phone),
        "date": sms_date(starts_at, zone),
        "time": sms_time(starts_at, zone),
    }


def _again(asked_id: UUID | None) -> str:
    return f":again:{asked_id}" if asked_id else ""
