"""What was told about duties has been seen."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.service import record
from telehealth.duty.models import DutyNotice
from telehealth.duty.queries import recipients
from telehealth.duty.service.history import NoticeKind
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError


def put_away(
    session: Session, recipient_ids: Collection[UUID], appointment_id: UUID, *, now: datetime
) -> bool:
    """Put away what these were told of an appointment's lost hours: it is settled. Tell if there was any."""
    query = select(DutyNotice).where(
        col(DutyNotice.recipient_id).in_(recipient_ids),
        DutyNotice.kind == NoticeKind.HOURS_LOST,
        col(DutyNotice.seen_at).is_(None),
    )
    settled = [row for row in session.exec(query) if row.data["appointment"] == str(appointment_id)]
    for row in settled:
        row.seen_at = now
        session.add(row)
    return bool(settled)


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
