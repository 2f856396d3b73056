"""What was told about duties has been seen."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.duty.models import DutyNotice
from telehealth.duty.queries import recipients
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError


def see_notice(session: Session, actor: Actor, notice_id: UUID, *, now: datetime) -> DutyNotice:
    """Put a notice away; seeing it again changes nothing.

    Raises `notice-not-found`, for one told to somebody else as well. A doctor's is the doctor's, a facility's
    is for whoever coordinates there.
    """
    notice = session.get(DutyNotice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.recipient_id not in recipients(actor):
        raise NotFoundError("notice-not-found")
    if notice.seen_at is None:
        notice.seen_at, notice.seen_by = now, actor.ref
        session.add(notice)
        record(session, actor, "duty.see", subject_kind="duty_notice", subject_id=notice.id, now=now)
        session.flush()
    return notice
