"""Attaching what was uploaded to a visit: photos, papers, strips; idempotent at every step.

A sender announces, uploads and attaches; a small picture may come ahead of the full one, under the same id of
the attachment. Attaching the same upload again answers with what it became.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.files import queries as files
from telehealth.files import service as store
from telehealth.files.models import FileUpload
from telehealth.files.rules import Picture, Washed
from telehealth.files.service import Announcement
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError
from telehealth.kit.ids import is_uuid7
from telehealth.visits import attached
from telehealth.visits.attachments import AttachmentKind, Size, Source, accept_caption, require_room
from telehealth.visits.models import Attachment, AttachmentFile, AttachmentUpload, Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.service.history import note
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Attaching:
    """What a sender says of a file it has sent; `id` is the attachment's and minted by the sender (UUIDv7).

    `upload_id` names the upload it came by; None for one that came with a form. `is_preview`: a small picture
    sent ahead, the full one follows under the same id.
    """

    id: UUID
    visit_id: UUID
    kind: AttachmentKind = AttachmentKind.PHOTO
    caption: str = ""
    source: Source = Source.RECORD
    upload_id: UUID | None = None
    is_preview: bool = False
    occurred_at: datetime | None = None


def announce_upload(
    session: Session, actor: Actor, visit_id: UUID, announced: Announcement, *, now: datetime
) -> FileUpload:
    """Begin an upload to a visit the actor may add to.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `attachments-too-many`, and what
    `files.service.announce` refuses.
    """
    visit = _visit_to_add_to(session, actor, visit_id, now=now)
    _require_open(visit)
    _require_room(session, actor, visit, under_way=files.count_uploads_for(session, visit.id))
    return store.announce(
        session, actor, announced, patient_id=visit.patient_id, subject_id=visit.id, now=now
    )


def find_attached(session: Session, actor: Actor, upload_id: UUID, *, now: datetime) -> Attachment | None:
    """Find what an upload became, in the actor's scope: a sender whose answer was lost asks again."""
    attachment_id = attached.find_attached(session, upload_id)
    if attachment_id is None:
        return None
    return attached.get_attachment(session, actor, attachment_id, now=now)


def take_upload(
    session: Session, storage: Storage, actor: Actor, visit_id: UUID, upload_id: UUID, *, now: datetime
) -> bytes:
    """Return the bytes of a complete upload to a visit, for washing outside of any unit of work.

    Raises `visit-not-found`, `not-allowed`, `upload-not-found`, `id-taken` for an upload to another visit,
    `upload-incomplete`, `upload-corrupt`.
    """
    visit = _visit_to_add_to(session, actor, visit_id, now=now)
    if files.get_upload(session, actor, upload_id).subject_id != visit.id:
        raise ConflictError("id-taken")
    return store.assemble(session, storage, actor, upload_id)


def attach(
    session: Session, storage: Storage, actor: Actor, attaching: Attaching, washed: Washed, *, now: datetime
) -> Attachment:
    """Make what was washed an attachment of the visit, or complete the one whose small picture came ahead.

    What was announced before the signature is taken after it too, so that nothing is lost, but the signature
    does not cover it. Raises `visit-not-found`, `not-allowed`, `visit-closed`, `id-not-v7`, `id-taken`,
    `caption-too-long`, `time-in-future`, `attachments-too-many`, `upload-not-found`.
    """
    visit = _visit_to_add_to(session, actor, attaching.visit_id, now=now, lock=True)
    if attaching.upload_id is not None:
        known = find_attached(session, actor, attaching.upload_id, now=now)
        if known is not None:
            return known
        upload = files.get_upload(session, actor, attaching.upload_id, lock=True)
        if upload.subject_id != visit.id:
            raise ConflictError("id-taken")
        store.discard(session, storage, upload)
    else:
        _require_open(visit)
    attachment = _place_for(session, actor, visit, attaching, now=now)
    _fill(session, storage, actor, visit, attachment, washed, now=now)
    if attaching.upload_id is not None:
        session.add(AttachmentUpload(upload_id=attaching.upload_id, attachment_id=attachment.id))
        session.flush()
    facts = {"attachment": str(attachment.id), "pages": len(washed.views), "is_whole": attachment.is_whole}
    note(session, actor, visit, "file.add", facts, now=now)
    return attachment


def refuse_upload(session: Session, storage: Storage, actor: Actor, upload_id: UUID) -> None:
    """Take away an upload whose content was refused: it leaves nothing behind. Raises `upload-not-found`."""
    store.cancel(session, storage, actor, upload_id)


def discard_undone(session: Session, storage: Storage, *, before: datetime, now: datetime) -> int:
    """Destroy what was taken back before then and no signature covers; return how many attachments."""
    undone = attached.list_undone(session, before=before, limit=50)
    pictures = attached.pictures_of(session, [each.id for each in undone])
    for attachment in undone:
        ids = [each.file_id for each in pictures.get(attachment.id, ())]
        store.destroy(session, storage, files.files_of(session, ids).values(), now=now)
        attachment.is_destroyed = True
        session.add(attachment)
    session.flush()
    return len(undone)


def _visit_to_add_to(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, lock: bool = False
) -> Visit:
    check(actor, "file.add")
    visit = attached.get_visit_to_attach(session, actor, visit_id, now=now, lock=lock)
    if actor.kind != ActorKind.LINK and not is_participant(actor, visit):
        raise ForbiddenError("not-allowed")
    return visit


def _require_open(visit: Visit) -> None:
    if not MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN):
        raise ConflictError("visit-closed")


def _require_room(session: Session, actor: Actor, visit: Visit, *, under_way: int = 0) -> None:
    require_room(
        actor.kind,
        of_visit=attached.count_attachments(session, visit.id) + under_way,
        of_actor=attached.count_attachments(session, visit.id, added_by=actor.ref) + under_way,
    )


def _place_for(
    session: Session, actor: Actor, visit: Visit, attaching: Attaching, *, now: datetime
) -> Attachment:
    """Return the attachment to fill: a new one, or one of the actor's own that waits for its full size."""
    existing = attached.find_attachment(session, attaching.id)
    if existing is not None:
        is_own = (existing.visit_id, existing.added_by) == (visit.id, actor.ref)
        if not is_own or existing.is_whole or existing.is_destroyed or attaching.is_preview:
            raise ConflictError("id-taken")
        existing.is_whole = True
        existing.version += 1
        return existing
    if not is_uuid7(attaching.id):
        raise InvalidError("id-not-v7", field="id")
    if attaching.occurred_at is not None and attaching.occurred_at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="occurred_at")
    _require_room(session, actor, visit)
    return Attachment(
        id=attaching.id,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        kind=attaching.kind,
        caption=accept_caption(attaching.caption),
        source=attaching.source,
        rank=attached.newest_rank(session, visit.id) + 1,
        is_whole=not attaching.is_preview,
        added_kind=actor.kind,
        added_by=actor.ref,
        occurred_at=attaching.occurred_at or now,
        recorded_at=now,
    )


def _fill(
    session: Session,
    storage: Storage,
    actor: Actor,
    visit: Visit,
    attachment: Attachment,
    washed: Washed,
    *,
    now: datetime,
) -> None:
    """Store the pictures; a small one sent ahead gives way, unless a signature covers it."""
    session.add(attachment)
    session.flush()
    ahead = attached.pictures_of(session, [attachment.id]).get(attachment.id, [])
    is_signed = visit.state == VisitState.SIGNED
    kept = {(each.size, each.page) for each in ahead} if is_signed else set()
    if not is_signed:
        old = files.files_of(session, [each.file_id for each in ahead])
        for row in ahead:
            session.delete(row)
        session.flush()
        store.destroy(session, storage, old.values(), now=now)
    wanted: list[tuple[Size, int, Picture]] = [(Size.THUMB, 1, washed.thumb)]
    wanted += [(Size.VIEW, page, picture) for page, picture in enumerate(washed.views, 1)]
    wanted += [(Size.FULL, page, picture) for page, picture in enumerate(washed.pages, 1)]
    for size, page, picture in wanted:
        if (size, page) in kept:
            continue
        file = store.keep(
            session,
            storage,
            actor,
            patient_id=visit.patient_id,
            picture=picture,
            now=now,
            occurred_at=attachment.occurred_at,
        )
        session.add(
            AttachmentFile(
                attachment_id=attachment.id,
                size=size,
                page=page,
                file_id=file.id,
                sha256=file.sha256,
                width=picture.width,
                height=picture.height,
            )
        )
    session.flush()
