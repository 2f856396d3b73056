"""Keeping, opening and deleting files. Each has a random key, sealed with the keyring."""

import os
from collections.abc import Collection
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
from telehealth.files.models import StoredFile
from telehealth.files.rules import Picture
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.events import after_commit
from telehealth.kit.ids import new_id

_NONCE = 12


def put_file(
    session: Session,
    storage: Storage,
    actor: Actor,
    *,
    patient_id: UUID,
    picture: Picture,
    now: datetime,
    occurred_at: datetime | None = None,
) -> StoredFile:
    """Keep a washed picture of a patient in scope; raises `not-allowed`, `patient-not-found`."""
    check(actor, "file.add")
    require_patient(session, actor, patient_id, now=now)
    file = keep(
        session, storage, actor, patient_id=patient_id, picture=picture, now=now, occurred_at=occurred_at
    )
    _audit(session, actor, "file.add", file, now=now)
    return file


def keep(
    session: Session,
    storage: Storage,
    actor: Actor,
    *,
    patient_id: UUID,
    picture: Picture,
    now: datetime,
    occurred_at: datetime | None = None,
) -> StoredFile:
    """Keep a washed picture for a caller that has found its patient in scope and writes the trail itself.

    If the unit of work fails afterwards, what was written is noise: its key was never kept.
    """
    content = picture.content
    file_id, key = new_id(), os.urandom(32)
    file = StoredFile(
        id=file_id,
        patient_id=patient_id,
        media_type=picture.media_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        key_sealed=keyring_of(session).seal(key.hex(), _place(file_id)),
        recorded_by=actor.ref,
        occurred_at=occurred_at or now,
        recorded_at=now,
    )
    storage.put(file_id, encrypt(key, content, file_id.bytes))
    session.add(file)
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
    content = read(session, storage, file)
    _audit(session, actor, "file.read", file, now=now)
    return file, content


def read(session: Session, storage: Storage, file: StoredFile) -> bytes:
    """Return the content of a file the caller found in scope; raise `file-unreadable`."""
    if file.key_sealed is None:
        raise DomainError("file-unreadable", Kind.GONE)
    key = bytes.fromhex(keyring_of(session).open(file.key_sealed, _place(file.id)))
    return decrypt(key, storage.get(file.id), file.id.bytes)


def destroy(session: Session, storage: Storage, files: Collection[StoredFile], *, now: datetime) -> None:
    """Delete files the caller found in scope: their keys now, their bytes once this has been committed."""
    for file in files:
        file.key_sealed = None
        file.deleted_at = now
        session.add(file)
    session.flush()
    forget(session, storage, [file.id for file in files])


def forget(session: Session, storage: Storage, stored: Collection[UUID]) -> None:
    """Take bytes out of the store once this unit has been committed; without their key they are noise."""

    def act() -> None:
        for each in stored:
            storage.delete(each)

    after_commit(session, act)


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal up to `limit` keys of files and uploads with the newest; return how many. Contents stay."""
    newest = keyring.sealing[0][0].encode()
    files = queries.list_sealed_with_older_key(session, newest, limit=limit)
    for file in files:
        if file.key_sealed is not None:
            where = _place(file.id)
            file.key_sealed = keyring.seal(keyring.open(file.key_sealed, where), where)
            session.add(file)
    uploads = queries.list_uploads_with_older_key(session, newest, limit=limit - len(files))
    for upload in uploads:
        where = upload_place(upload.id)
        upload.key_sealed = keyring.seal(keyring.open(upload.key_sealed, where), where)
        session.add(upload)
    session.flush()
    return len(files) + len(uploads)


def encrypt(key: bytes, content: bytes, about: bytes) -> bytes:
    """Return content under a key, bound to what it is about (AES-256-GCM)."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, about)


def decrypt(key: bytes, sealed: bytes | None, about: bytes) -> bytes:
    """Return what was encrypted; raise `file-unreadable` where it is gone, damaged or of something else."""
    if sealed is None:
        raise DomainError("file-unreadable", Kind.GONE)
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise DomainError("file-unreadable", Kind.GONE) from None


def upload_place(upload_id: UUID) -> str:
    """Return what the sealed key of an upload is bound to."""
    return place("file_upload", "key", upload_id)


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
