"""A new link for an old one, or none: lost, opened by somebody else, or locked.

Only the station whose appointment or plan it leads to: others see the patient, but did not send it.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.followup import queries
from telehealth.followup.models import Plan
from telehealth.followup.rules import SUBJECT_OF_PURPOSE, Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks
from telehealth.followup.service.telling import tell_appointment, tell_plan
from telehealth.followup.states import LIVE_PLANS
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError
from telehealth.links import service as links
from telehealth.links.models import PatientLink
from telehealth.links.queries import get_link
from telehealth.links.service import issue_link, revoke_links
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import skip_messages
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import LIVE


def reissue_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> OutboxMessage:
    """End a link and all others to its subject on every phone, issue a new one and send it.

    Raises `link-not-found`, `not-allowed` for another station's, `link-subject-over` when the appointment
    is no longer agreed or the link would have ended.
    """
    old = _get_own(session, actor, link_id, now)
    subject = SUBJECT_OF_PURPOSE[old.purpose]
    appointment = session.get(Appointment, old.subject_id) if subject is Subject.APPOINTMENT else None
    plan = session.get(Plan, old.subject_id) if subject is Subject.PLAN else None
    is_over = appointment is not None and appointment.status not in LIVE
    is_over = is_over or (plan is not None and plan.state not in LIVE_PLANS)
    if old.expires_at <= now or is_over:
        raise ConflictError("link-subject-over")
    revoke_links(session, subject_id=old.subject_id, now=now, actor=actor, reason="re-issued")
    skip_messages(session, subject_id=old.subject_id, reason="link-re-issued", now=now)
    link = issue_link(
        session,
        purpose=old.purpose,
        patient_id=old.patient_id,
        subject_id=old.subject_id,
        expires_at=old.expires_at,
        now=now,
    )
    close_tasks(session, old.subject_id, Outcome.LINK_SENT, kind=TaskKind.SEND_NEW_LINK, now=now)
    record(
        session,
        actor,
        "link.manage",
        subject_kind="link",
        subject_id=link.id,
        patient_id=link.patient_id,
        facts={"replaces": str(old.id)},
        now=now,
    )
    if appointment is not None:
        return tell_appointment(session, appointment, link, now=now)
    return tell_plan(session, session.get_one(Plan, old.subject_id), link, now=now)


def revoke_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> PatientLink:
    """End one link on every phone; one that has ended stays so.

    Raises `link-not-found`, `not-allowed` for another station's.
    """
    return links.revoke_link(session, actor, _get_own(session, actor, link_id, now), now=now)


def _get_own(session: Session, actor: Actor, link_id: UUID, now: datetime) -> PatientLink:
    link = get_link(session, actor, link_id, now=now)
    if queries.station_of(session, SUBJECT_OF_PURPOSE[link.purpose], link.subject_id) != actor.facility_id:
        raise ForbiddenError
    return link
