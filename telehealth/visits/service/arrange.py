"""Attachments that are there: opened, described, turned, marked, put in order, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.queries import has_recent
from telehealth.audit.service import record
from telehealth.files import service as store
from telehealth.files.models import StoredFile
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from telehealth.visits import attached
from telehealth.visits.attachments import (
    AttachmentKind,
    Size,
    accept_arrows,
    accept_caption,
    accept_turn,
    moved,
    require_reason,
)
from telehealth.visits.models import Attachment, Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.service.history import note
from telehealth.visits.states import MACHINE, VisitCommand, VisitState

LOOKED_AT_ONCE: Final = timedelta(minutes=15)
"""The small pictures of a page that prints itself again are one look, not one for each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is said of an attachment beside its pixels; None leaves it as it is."""

    kind: AttachmentKind | None = None
    caption: str | None = None
    turn: int | None = None
    arrows: Sequence[Sequence[int]] | None = None


def open_picture(
    session: Session,
    storage: Storage,
    actor: Actor,
    attachment_id: UUID,
    *,
    now: datetime,
    size: Size = Size.VIEW,
    page: int = 1,
) -> tuple[StoredFile, bytes]:
    """Return a picture of an attachment in scope with its content; opening it is on record.

    Raises `not-allowed`, `attachment-not-found`, `file-unreadable`.
    """
    check(actor, "file.read")
    attachment = attached.get_attachment(session, actor, attachment_id, now=now)
    found = attached.find_picture(session, attachment, size, page)
    if found is None:
        raise NotFoundError("attachment-not-found")
    picture, file = found
    content = store.read(session, storage, file)
    since, patient = now - LOOKED_AT_ONCE, attachment.patient_id
    is_known = size is Size.THUMB and has_recent(
        session, actor, "file.read", attachment.id, patient_id=patient, since=since
    )
    if not is_known:
        record(
            session,
            actor,
            "file.read",
            subject_kind="attachment",
            subject_id=attachment.id,
            patient_id=attachment.patient_id,
            facts={"visit": str(attachment.visit_id), "size": picture.size, "page": page},
            now=now,
        )
    return file, content


def describe_attachment(
    session: Session, actor: Actor, attachment_id: UUID, said: Described, *, version: int, now: datetime
) -> Attachment:
    """Change what is said of an attachment while the visit is open; the picture stays as it came.

    Raises `attachment-not-found`, `not-allowed`, `visit-closed`, `stale-version`, `caption-too-long`,
    `turn-invalid`, `arrows-invalid`, `too-many-arrows`.
    """
    attachment, visit = _to_change(session, actor, attachment_id, now=now)
    pages = len({each.page for each in attached.pictures_of(session, [attachment.id])[attachment.id]})
    wanted = (
        said.kind or AttachmentKind(attachment.kind),
        attachment.caption if said.caption is None else accept_caption(said.caption),
        attachment.turn if said.turn is None else accept_turn(said.turn),
        attachment.arrows if said.arrows is None else accept_arrows(said.arrows, pages),
    )
    if wanted == (attachment.kind, attachment.caption, attachment.turn, attachment.arrows):
        return attachment
    if attachment.version != version:
        raise StaleError("stale-version")
    attachment.kind, attachment.caption, attachment.turn, attachment.arrows = wanted
    _changed(session, actor, visit, attachment, "describe", now=now)
    return attachment


def move_attachment(session: Session, actor: Actor, attachment_id: UUID, *, by: int, now: datetime) -> None:
    """Put an attachment one place earlier (-1) or later (1); raises as `describe_attachment`."""
    attachment, visit = _to_change(session, actor, attachment_id, now=now)
    order = attached.list_attachments(session, actor, visit.id, now=now)
    if attachment not in order:
        raise ConflictError("attachment-withdrawn")
    for rank, each in enumerate(moved(order, attachment, by=by), 1):
        if each.rank != rank:
            each.rank = rank
            each.version += 1
            session.add(each)
    session.flush()
    note(session, actor, visit, "file.add", {"attachment": str(attachment.id), "act": "move"}, now=now)


def withdraw_attachment(
    session: Session, actor: Actor, attachment_id: UUID, *, reason: str = "", now: datetime
) -> Attachment:
    """Take an attachment back: before the signature it can be put back for a day, then it is destroyed.

    After the signature it stays readable, marked, with its reason. Raises `attachment-not-found`,
    `not-allowed`, `withdrawal-reason-missing`, `caption-too-long`.
    """
    check(actor, "file.add" if actor.kind == ActorKind.LINK else "file.delete")
    attachment = attached.get_attachment(session, actor, attachment_id, now=now, lock=True)
    visit = attached.get_visit_to_attach(session, actor, attachment.visit_id, now=now, lock=True)
    _require_part(actor, visit)
    if attachment.withdrawn_at is not None:
        return attachment
    is_signed = visit.state == VisitState.SIGNED
    if is_signed and actor.kind == ActorKind.LINK:
        raise ForbiddenError("not-allowed")
    attachment.withdrawn_reason = require_reason(reason, is_signed=is_signed)
    attachment.withdrawn_at, attachment.withdrawn_by, attachment.is_covered = now, actor.ref, is_signed
    _changed(session, actor, visit, attachment, "withdraw", now=now, action="file.delete")
    return attachment


def restore_attachment(session: Session, actor: Actor, attachment_id: UUID, *, now: datetime) -> Attachment:
    """Put back what was taken back by mistake; raises as `describe_attachment`."""
    attachment, visit = _to_change(session, actor, attachment_id, now=now)
    if attachment.withdrawn_at is not None:
        attachment.withdrawn_at = attachment.withdrawn_by = None
        attachment.withdrawn_reason = ""
        _changed(session, actor, visit, attachment, "restore", now=now)
    return attachment


def _to_change(
    session: Session, actor: Actor, attachment_id: UUID, *, now: datetime
) -> tuple[Attachment, Visit]:
    """Fetch an attachment of an open visit, held with its visit against other writers and the signature."""
    check(actor, "file.add")
    attachment = attached.get_attachment(session, actor, attachment_id, now=now)
    visit = attached.get_visit_to_attach(session, actor, attachment.visit_id, now=now, lock=True)
    _require_part(actor, visit)
    if not MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN):
        raise ConflictError("visit-closed")
    return attached.get_attachment(session, actor, attachment_id, now=now, lock=True), visit


def _require_part(actor: Actor, visit: Visit) -> None:
    if actor.kind != ActorKind.LINK and not is_participant(actor, visit):
        raise ForbiddenError("not-allowed")


def _changed(
    session: Session,
    actor: Actor,
    visit: Visit,
    attachment: Attachment,
    act: str,
    *,
    now: datetime,
    action: str = "file.add",
) -> None:
    attachment.version += 1
    session.add(attachment)
    session.flush()
    note(session, actor, visit, action, {"attachment": str(attachment.id), "act": act}, now=now)
