"""Uploads that survive a link that drops and a server that is killed.

A chunk is acknowledged once its encrypted bytes are durable in the store and its row is committed. Its place
in the store follows from upload and offset, so a chunk whose commit failed is written over by the next try,
and what nobody acknowledged leaves nothing behind.
"""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.files import queries
from telehealth.files.models import FileUpload, FileUploadPart
from telehealth.files.rules import LIFETIME, MAX_OPEN, Progress, accept_size
from telehealth.files.service.keep import decrypt, encrypt, forget, upload_place
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, Kind
from telehealth.kit.ids import is_uuid7

EXPIRED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a sender says of a file before it sends any of it; `sha256` of the whole, in hexadecimal."""

    id: UUID
    media_type: str
    length: int
    sha256: str | None = None


def announce(
    session: Session,
    actor: Actor,
    announced: Announcement,
    *,
    patient_id: UUID,
    subject_id: UUID,
    now: datetime,
) -> FileUpload:
    """Begin an upload to a subject the caller found in scope; announced again, it is the one under way.

    Raises `not-allowed`, `id-not-v7`, `id-taken`, `file-type-refused`, `file-empty`, `file-too-large`,
    `uploads-too-many`.
    """
    check(actor, "file.add")
    if not is_uuid7(announced.id):
        raise InvalidError("id-not-v7", field="id")
    existing = queries.find_upload(session, announced.id)
    if existing is not None:
        return _announced_before(actor, existing, announced, subject_id)
    accept_size(announced.media_type, announced.length)
    if queries.count_uploads(session, actor) >= MAX_OPEN:
        raise DomainError("uploads-too-many", Kind.TOO_MANY, limit=MAX_OPEN)
    key = os.urandom(32).hex()
    upload = FileUpload(
        id=announced.id,
        patient_id=patient_id,
        subject_id=subject_id,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        media_type=announced.media_type,
        length=announced.length,
        sha256=announced.sha256,
        key_sealed=keyring_of(session).seal(key, upload_place(announced.id)),
        recorded_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(upload)
    session.flush()
    return upload


def append(
    session: Session,
    storage: Storage,
    actor: Actor,
    upload_id: UUID,
    *,
    at: int,
    chunk: bytes,
    checksum: str,
    now: datetime,
) -> FileUpload:
    """Keep the chunk that begins at byte `at`; `checksum` is its SHA-256 in base64.

    Raises `upload-not-found`, `upload-offset` (fact `offset`: where to go on), `upload-chunk`,
    `upload-too-long`, `upload-checksum`. A refused chunk changes nothing.
    """
    check(actor, "file.add")
    upload = queries.get_upload(session, actor, upload_id, lock=True)
    progress = Progress(upload.received, upload.length).after(at, len(chunk))
    if not _fits(chunk, checksum):
        raise InvalidError("upload-checksum")
    stored_id = _stored_id(upload.id, at)
    storage.put(stored_id, encrypt(_key(session, upload), chunk, _about(upload.id, at)))
    session.add(FileUploadPart(upload_id=upload.id, start=at, size=len(chunk), stored_id=stored_id))
    upload.received = progress.received
    upload.expires_at = now + LIFETIME
    session.add(upload)
    session.flush()
    return upload


def assemble(session: Session, storage: Storage, actor: Actor, upload_id: UUID) -> bytes:
    """Return the whole of a complete upload: at most as much memory as one file may be large.

    Raises `upload-not-found`, `upload-incomplete` (fact `offset`), `upload-corrupt`.
    """
    upload = queries.get_upload(session, actor, upload_id)
    if not Progress(upload.received, upload.length).is_complete:
        raise ConflictError("upload-incomplete", offset=upload.received)
    key = _key(session, upload)
    whole = b"".join(
        decrypt(key, storage.get(part.stored_id), _about(upload.id, part.start))
        for part in queries.parts_of(session, upload.id)
    )
    if len(whole) != upload.length or (upload.sha256 and sha256(whole).hexdigest() != upload.sha256):
        raise InvalidError("upload-corrupt")
    return whole


def cancel(session: Session, storage: Storage, actor: Actor, upload_id: UUID) -> None:
    """Give an upload up; raises `upload-not-found`."""
    check(actor, "file.add")
    discard(session, storage, queries.get_upload(session, actor, upload_id, lock=True))


def discard(session: Session, storage: Storage, upload: FileUpload) -> None:
    """Take an upload away: its key and rows now, its bytes once this has been committed."""
    stored = [part.stored_id for part in queries.parts_of(session, upload.id)]
    stored.append(_stored_id(upload.id, upload.received))  # written, and never acknowledged
    session.exec(delete(FileUploadPart).where(col(FileUploadPart.upload_id) == upload.id))
    session.delete(upload)
    session.flush()
    forget(session, storage, stored)


def discard_expired(session: Session, storage: Storage, *, now: datetime) -> int:
    """Take away uploads nobody added to for too long; return how many."""
    expired = queries.list_expired(session, now=now, limit=EXPIRED_AT_ONCE)
    for upload in expired:
        discard(session, storage, upload)
    return len(expired)


def _announced_before(
    actor: Actor, existing: FileUpload, announced: Announcement, subject_id: UUID
) -> FileUpload:
    is_same = (
        (existing.actor_kind, existing.actor_ref) == (actor.kind, actor.ref)
        and existing.subject_id == subject_id
        and (existing.media_type, existing.length) == (announced.media_type, announced.length)
        and existing.sha256 == announced.sha256
    )
    if not is_same:
        raise ConflictError("id-taken")
    return existing


def _fits(chunk: bytes, checksum: str) -> bool:
    try:
        given = base64.b64decode(checksum, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, sha256(chunk).digest())


def _key(session: Session, upload: FileUpload) -> bytes:
    return bytes.fromhex(keyring_of(session).open(upload.key_sealed, upload_place(upload.id)))


def _stored_id(upload_id: UUID, start: int) -> UUID:
    return uuid5(upload_id, str(start))


def _about(upload_id: UUID, start: int) -> bytes:
    return upload_id.bytes + start.to_bytes(8, "big")
