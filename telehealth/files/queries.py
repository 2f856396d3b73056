"""Finding files and uploads, within the actor's scope."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from telehealth.access.queries import visible_patients
from telehealth.files.models import FileUpload, FileUploadPart, StoredFile
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError


def get_file(session: Session, actor: Actor, file_id: UUID, *, now: datetime) -> StoredFile:
    """Return a file of a patient in scope; raise `file-not-found` for hidden, deleted and absent ones."""
    query = select(StoredFile).where(
        StoredFile.id == file_id,
        col(StoredFile.deleted_at).is_(None),
        col(StoredFile.patient_id).in_(visible_patients(actor, now)),
    )
    file = session.exec(query).first()
    if file is None:
        raise NotFoundError("file-not-found")
    return file


def files_of(session: Session, file_ids: Collection[UUID]) -> dict[UUID, StoredFile]:
    """Return files by id for a caller who found what they belong to in scope; deleted ones are left out."""
    query = select(StoredFile).where(col(StoredFile.id).in_(file_ids), col(StoredFile.deleted_at).is_(None))
    return {file.id: file for file in session.exec(query)}


def find_upload(session: Session, upload_id: UUID) -> FileUpload | None:
    """Find an upload, whosever it is: to tell whether an id is taken."""
    return session.get(FileUpload, upload_id)


def get_upload(session: Session, actor: Actor, upload_id: UUID, *, lock: bool = False) -> FileUpload:
    """Return an upload of the actor's own, held against other writers if asked; raise `upload-not-found`."""
    query = select(FileUpload).where(
        FileUpload.id == upload_id, FileUpload.actor_kind == actor.kind, FileUpload.actor_ref == actor.ref
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    upload = session.exec(query).first()
    if upload is None:
        raise NotFoundError("upload-not-found")
    return upload


def parts_of(session: Session, upload_id: UUID) -> list[FileUploadPart]:
    """List the acknowledged chunks of an upload, in order."""
    query = select(FileUploadPart).where(FileUploadPart.upload_id == upload_id)
    return list(session.exec(query.order_by(col(FileUploadPart.start))))


def count_uploads(session: Session, actor: Actor) -> int:
    """Count the actor's unfinished uploads."""
    query = select(func.count()).where(FileUpload.actor_kind == actor.kind, FileUpload.actor_ref == actor.ref)
    return session.exec(query).one()


def count_uploads_for(session: Session, subject_id: UUID) -> int:
    """Count the unfinished uploads to one subject the caller has found in scope."""
    return session.exec(select(func.count()).where(FileUpload.subject_id == subject_id)).one()


def list_expired(session: Session, *, now: datetime, limit: int) -> list[FileUpload]:
    """List uploads nobody added to for too long, each held so that no other node takes it."""
    query = (
        select(FileUpload)
        .where(FileUpload.expires_at <= now)
        .order_by(col(FileUpload.expires_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def list_sealed_with_older_key(session: Session, key_id: bytes, *, limit: int) -> list[StoredFile]:
    """List files whose key another key than this one has sealed, for a rotation."""
    is_old = func.substr(col(StoredFile.key_sealed), 1, len(key_id)) != key_id
    return list(session.exec(select(StoredFile).where(is_old).limit(limit)))


def list_uploads_with_older_key(session: Session, key_id: bytes, *, limit: int) -> list[FileUpload]:
    """List uploads under way whose key another key than this one has sealed."""
    is_old = func.substr(col(FileUpload.key_sealed), 1, len(key_id)) != key_id
    return list(session.exec(select(FileUpload).where(is_old).limit(limit)))
