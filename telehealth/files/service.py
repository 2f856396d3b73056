"""Keeping, opening and deleting files. Each has a random key, sealed with the keyring."""

import os
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.files import queries
from telehealth.files.images import write_anew
from telehealth.files.models import StoredFile
from telehealth.files.rules import AcceptedFile, media_type_of
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.events import after_commit
from telehealth.kit.ids import new_id

_NONCE = 12


def accept(content: bytes) -> AcceptedFile:
    """Look into a file before it is kept; pictures are written anew, without EXIF and place.

    Takes its time, in another process: call it before the unit of work begins. Raises `file-empty`,
    `file-too-large`, `file-type-refused`, `image-too-large`, `image-broken`.
    """
    media_type = media_type_of(content)
    is_picture = media_type.startswith("image/")
    return AcceptedFile(media_type, write_anew(content, media_type) if is_picture else content)


def put_file(
    session: Session,
    storage: Storage,
    actor: Actor,
    *,
    patient_id: UUID,
    accepted: AcceptedFile,
    now: datetime,
    occurred_at: datetime | None = None,
) -> StoredFile:
    """Keep an accepted file of a patient in scope.

    Raises `not-allowed`, `patient-not-found`. If the unit of work fails afterwards, what was written
    is noise: its key was never kept.
    """
    check(actor, "file.add")
    require_patient(session, actor, patient_id, now=now)
    content = accepted.content
    file_id, key = new_id(), os.urandom(32)
    file = StoredFile(
        id=file_id,
        patient_id=patient_id,
        media_type=accepted.media_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        key_sealed=keyring_of(session).seal(key.hex(), _place(file_id)),
        recorded_by=actor.ref,
        occurred_at=occurred_at or now,
        recorded_at=now,
    )
    nonce = os.urandom(_NONCE)
    storage.put(file_id, nonce + AESGCM(key).encrypt(nonce, content, file_id.bytes))
    session.add(file)
    _audit(session, actor, "file.add", file, now=now)
    session.flush()
    return file


def open_file(
    session: Session, storage: Storage, actor: Actor, file_id: UUID, *, now: datetime
) -> tuple[StoredFile, bytes]:
    """Return a file of a patient in scope with its content; opening it is on record.

    Raises `not-allowed`, `file-not-found`, and `file-unreadable` when the stored bytes are gone or damaged.
    """
    check(actor, "file.read")
    file = queries.get_file(session, actor, file_id, now=now)
    sealed = storage.get(file_id)
    if sealed is None or file.key_sealed is None:
        raise DomainError("file-unreadable", Kind.GONE)
    key = bytes.fromhex(keyring_of(session).open(file.key_sealed, _place(file_id)))
    try:
        content = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], file_id.bytes)
    except InvalidTag:
        raise DomainError("file-unreadable", Kind.GONE) from None
    _audit(session, actor, "file.read", file, now=now)
    return file, content


def delete_file(session: Session, storage: Storage, actor: Actor, file_id: UUID, *, now: datetime) -> None:
    """Delete a file of a patient in scope: its key now, its bytes once this has been committed."""
    check(actor, "file.delete")
    file = queries.get_file(session, actor, file_id, now=now)
    file.key_sealed = None
    file.deleted_at = now
    session.add(file)
    _audit(session, actor, "file.delete", file, now=now)
    session.flush()
    after_commit(session, lambda: storage.delete(file_id))


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal the keys of up to `limit` files with the newest key; return how many. Contents stay."""
    files = queries.list_sealed_with_older_key(session, keyring.sealing[0][0].encode(), limit=limit)
    for file in files:
        if file.key_sealed is not None:
            where = _place(file.id)
            file.key_sealed = keyring.seal(keyring.open(file.key_sealed, where), where)
            session.add(file)
    session.flush()
    return len(files)


def _place(file_id: UUID) -> str:
    return place("stored_file", "key", file_id)


def _audit(session: Session, actor: Actor, action: str, file: StoredFile, *, now: datetime) -> None:
    record(
        session,
        actor,
        action,
        subject_kind="file",
        subject_id=file.id,
        patient_id=file.patient_id,
        facts={"media_type": file.media_type, "size": file.size},
        now=now,
    )
