"""What links lead to: whether it still holds, and telling of it again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.models import Plan
from telehealth.followup.ports import find_above
from telehealth.followup.rules import SUBJECT_OF_PURPOSE, Subject
from telehealth.followup.service.missed import wants_time
from telehealth.followup.service.telling import tell_appointment, tell_missed, tell_plan
from telehealth.followup.states import LIVE_PLANS
from telehealth.leaflets import service as leaflets
from telehealth.leaflets.queries import find_leaflet
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import LIVE


def live_station(session: Session, link: PatientLink) -> UUID | None:
    """Return the station of what a link leads to, None when that is called off, over or gone."""
    subject = SUBJECT_OF_PURPOSE[link.purpose]
    if (above := find_above(session, subject)) is not None:
        is_live = above.is_live(session, link.subject_id)
        return above.station_of(session, link.subject_id) if is_live else None
    if subject is Subject.VISIT:
        leaflet = find_leaflet(session, link.subject_id)
        return leaflet.visit.station_facility_id if leaflet else None
    if subject is Subject.PLAN:
        plan = session.get(Plan, link.subject_id)
        return plan.station_facility_id if plan and plan.state in LIVE_PLANS else None
    appointment = session.get(Appointment, link.subject_id)
    if link.purpose == "new_time":
        return appointment.station_facility_id if appointment and wants_time(session, appointment) else None
    return appointment.station_facility_id if appointment and appointment.status in LIVE else None


def tell_again(
    session: Session, link: PatientLink, *, now: datetime, asked_id: UUID | None = None
) -> OutboxMessage:
    """Queue the text of a link whose subject still holds; `asked_id` is the asking it answers."""
    subject = SUBJECT_OF_PURPOSE[link.purpose]
    if (above := find_above(session, subject)) is not None:
        return above.tell(session, link.subject_id, link, now=now, asked_id=asked_id)
    if subject is Subject.VISIT:
        return leaflets.tell(session, link, now=now, asked_id=asked_id)
    if subject is Subject.PLAN:
        plan = session.get_one(Plan, link.subject_id)
        return tell_plan(session, plan, link, now=now, asked_id=asked_id)
    appointment = session.get_one(Appointment, link.subject_id)
    if link.purpose == "new_time":
        return tell_missed(session, appointment, link, now=now, asked_id=asked_id)
    return tell_appointment(session, appointment, link, now=now, asked_id=asked_id)
