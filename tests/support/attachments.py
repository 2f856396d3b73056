"""Attachments and the parts they are made of: washed pictures without the washing, a store in memory."""

import base64
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.files.rules import Picture, Washed
from telehealth.files.service import Announcement, append
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.ids import new_id
from telehealth.visits import service
from telehealth.visits.models import Attachment
from telehealth.visits.service import Attaching


class MemoryStorage:
    """The storage port over a dictionary; `contents` is what lies in it."""

    def __init__(self) -> None:
        self.contents: dict[UUID, bytes] = {}

    def put(self, file_id: UUID, sealed: bytes) -> None:
        """Keep the bytes."""
        self.contents[file_id] = sealed

    def get(self, file_id: UUID) -> bytes | None:
        """Return the bytes; None when there are none."""
        return self.contents.get(file_id)

    def delete(self, file_id: UUID) -> None:
        """Remove the bytes, if they are there."""
        self.contents.pop(file_id, None)


def washed(*, pages: int = 1, is_preview: bool = False, mark: str = "") -> Washed:
    """Return what washing makes of a photo (or a paper of several pages), told apart by `mark`."""
    made = [
        Picture("image/jpeg", f"{size} {page} {mark}".encode(), 40, 30)
        for size in ("full", "view")
        for page in range(1, pages + 1)
    ]
    thumb = Picture("image/jpeg", f"thumb {mark}".encode(), 4, 3)
    return Washed(() if is_preview else tuple(made[:pages]), tuple(made[pages:]), thumb)


def checksum(chunk: bytes) -> str:
    """Return the checksum a sender gives with a chunk."""
    return base64.b64encode(sha256(chunk).digest()).decode()


def upload(
    session: Session, storage: Storage, actor: Actor, visit_id: UUID, content: bytes, *, now: datetime
) -> UUID:
    """Announce and send a whole file to a visit; return the id of the upload."""
    announced = Announcement(id=new_id(), media_type="image/jpeg", length=len(content))
    service.announce_upload(session, actor, visit_id, announced, now=now)
    append(session, storage, actor, announced.id, at=0, chunk=content, checksum=checksum(content), now=now)
    return announced.id


def make_attachment(
    session: Session, storage: Storage, actor: Actor, visit_id: UUID, *, now: datetime, **said: Any
) -> Attachment:
    """Attach a photo that came with a form."""
    what = washed(pages=said.pop("pages", 1), mark=said.pop("mark", str(new_id())))
    attaching = Attaching(id=said.pop("id", new_id()), visit_id=visit_id, **said)
    return service.attach(session, storage, actor, attaching, what, now=now)
