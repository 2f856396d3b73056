"""Finding files, within the actor's scope."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from telehealth.access.queries import visible_patients
from telehealth.files.models import StoredFile
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


def list_files(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[StoredFile]:
    """List the files of a patient in scope, newest first."""
    query = (
        select(StoredFile)
        .where(
            StoredFile.patient_id == patient_id,
            col(StoredFile.deleted_at).is_(None),
            col(StoredFile.patient_id).in_(visible_patients(actor, now)),
        )
        .order_by(col(StoredFile.occurred_at).desc(), col(StoredFile.id).desc())
    )
    return list(session.exec(query))


def list_sealed_with_older_key(session: Session, key_id: bytes, *, limit: int) -> list[StoredFile]:
    """List files whose key another key than this one has sealed, for a rotation."""
    is_old = func.substr(col(StoredFile.key_sealed), 1, len(key_id)) != key_id
    return list(session.exec(select(StoredFile).where(is_old).limit(limit)))
