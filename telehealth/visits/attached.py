"""Every select of attachments, scoped by the actor."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Session, col, func, select

from telehealth.files.models import StoredFile
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.links.actors import LinkActor
from telehealth.visits.attachments import Size
from telehealth.visits.models import (
    Attachment,
    AttachmentFile,
    AttachmentUpload,
    Visit,
)
from telehealth.visits.queries import get_visit, scope_of


def get_visit_to_attach(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, lock: bool = False
) -> Visit:
    """Return the visit an actor may add attachments to; raise `visit-not-found`.

    Staff: a visit in scope. A patient link: the visit of the appointment it leads to, and no other.
    """
    if not isinstance(actor, LinkActor):
        return get_visit(session, actor, visit_id, now=now, lock=lock)
    query = select(Visit).where(
        Visit.id == visit_id, Visit.appointment_id == actor.subject_id, Visit.patient_id == actor.patient_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    visit = session.exec(query).first() if actor.is_confirmed else None
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


def find_visit_of_link(session: Session, actor: LinkActor) -> Visit | None:
    """Find the visit whose appointment a confirmed link leads to."""
    if not actor.is_confirmed:
        return None
    query = select(Visit).where(
        Visit.appointment_id == actor.subject_id, Visit.patient_id == actor.patient_id
    )
    return session.exec(query).first()


def get_attachment(
    session: Session, actor: Actor, attachment_id: UUID, *, now: datetime, lock: bool = False
) -> Attachment:
    """Return an attachment in scope: the one way to it for pages, JSON, call, print and export.

    Staff: of a visit in scope. A patient link: what it sent itself. Raises `attachment-not-found`.
    """
    query = (
        select(Attachment)
        .join(Visit, col(Visit.id) == Attachment.visit_id)
        .where(
            Attachment.id == attachment_id,
            col(Attachment.is_destroyed).is_(False),
            _attachment_scope(actor, now),
        )
    )
    if lock:
        query = query.with_for_update(of=Attachment).execution_options(populate_existing=True)
    attachment = session.exec(query).first()
    if attachment is None:
        raise NotFoundError("attachment-not-found")
    return attachment


def list_attachments(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, with_withdrawn: bool = False
) -> list[Attachment]:
    """List the attachments of a visit that are in scope, in their order."""
    query = (
        select(Attachment)
        .join(Visit, col(Visit.id) == Attachment.visit_id)
        .where(
            Attachment.visit_id == visit_id,
            col(Attachment.is_destroyed).is_(False),
            _attachment_scope(actor, now),
        )
        .order_by(col(Attachment.rank), col(Attachment.id))
    )
    if not with_withdrawn:
        query = query.where(col(Attachment.withdrawn_at).is_(None))
    return list(session.exec(query))


def find_attachment(session: Session, attachment_id: UUID) -> Attachment | None:
    """Find an attachment, whosever it is: to tell whether an id is taken."""
    return session.get(Attachment, attachment_id)


def find_attached(session: Session, upload_id: UUID) -> UUID | None:
    """Find which attachment an upload became part of."""
    row = session.get(AttachmentUpload, upload_id)
    return row.attachment_id if row else None


def pictures_of(session: Session, attachment_ids: Sequence[UUID]) -> dict[UUID, list[AttachmentFile]]:
    """Return the stored pictures of attachments found in scope, by attachment, page after page."""
    query = select(AttachmentFile).where(col(AttachmentFile.attachment_id).in_(attachment_ids))
    found: dict[UUID, list[AttachmentFile]] = {}
    for row in session.exec(query.order_by(col(AttachmentFile.size), col(AttachmentFile.page))):
        found.setdefault(row.attachment_id, []).append(row)
    return found


def find_picture(
    session: Session, attachment: Attachment, size: Size, page: int
) -> tuple[AttachmentFile, StoredFile] | None:
    """Find a picture of an attachment found in scope; before the full one came, the one for the screen."""
    sizes = (Size.FULL, Size.VIEW) if size is Size.FULL and not attachment.is_whole else (size,)
    query = (
        select(AttachmentFile, StoredFile)
        .join(StoredFile, col(StoredFile.id) == AttachmentFile.file_id)
        .where(
            AttachmentFile.attachment_id == attachment.id,
            AttachmentFile.page == page,
            col(AttachmentFile.size).in_(sizes),
            col(StoredFile.deleted_at).is_(None),
        )
    )
    return session.exec(query).first()


def count_attachments(session: Session, visit_id: UUID, *, added_by: UUID | None = None) -> int:
    """Count the attachments of a visit found in scope that stand, of one sender if asked."""
    query = select(func.count(col(Attachment.id))).where(
        Attachment.visit_id == visit_id, col(Attachment.withdrawn_at).is_(None)
    )
    if added_by is not None:
        query = query.where(Attachment.added_by == added_by)
    return session.exec(query).one()


def newest_rank(session: Session, visit_id: UUID) -> int:
    """Return the last place in the order of a visit's attachments; 0 where there are none."""
    query = select(func.coalesce(func.max(Attachment.rank), 0)).where(Attachment.visit_id == visit_id)
    return int(session.exec(query).one())


def list_undone(session: Session, *, before: datetime, limit: int) -> list[Attachment]:
    """List attachments taken back before then that no signature covers, held from other nodes."""
    query = (
        select(Attachment)
        .where(
            col(Attachment.withdrawn_at) <= before,
            col(Attachment.is_destroyed).is_(False),
            col(Attachment.is_covered).is_(False),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def _attachment_scope(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Attachments of visits in scope; of a patient link, those it sent to the visit it leads to."""
    if not isinstance(actor, LinkActor):
        return scope_of(actor, now)
    is_own = and_(
        col(Attachment.added_by) == actor.link_id,
        col(Visit.appointment_id) == actor.subject_id,
        col(Visit.patient_id) == actor.patient_id,
    )
    return is_own if actor.is_confirmed else false()
