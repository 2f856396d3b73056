"""Photos that come with answers: kept with them, opened beside their round by whoever may read it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from telehealth.checks import queries
from telehealth.checks.models import CheckAnswer, CheckPhoto, CheckRound
from telehealth.checks.service.history import trace
from telehealth.files import service as store
from telehealth.files.models import StoredFile
from telehealth.files.queries import files_of
from telehealth.files.rules import Washed
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.errors import DomainError, Kind


class Size(StrEnum):
    """How large a photo is looked at."""

    FULL = "full"
    VIEW = "view"


def keep_photos(
    session: Session,
    storage: Storage,
    actor: Actor,
    row: CheckRound,
    answer: CheckAnswer,
    photos: Mapping[str, Washed],
    *,
    now: datetime,
) -> None:
    """Keep washed photos beside the answer they came with, by question."""
    for question, washed in photos.items():
        full, view = (
            store.keep(session, storage, actor, patient_id=row.patient_id, picture=picture, now=now)
            for picture in (washed.pages[0], washed.views[0])
        )
        session.add(CheckPhoto(answer_id=answer.id, question=question, file_id=full.id, view_file_id=view.id))
    session.flush()


def open_photo(
    session: Session,
    storage: Storage,
    actor: Actor,
    round_id: UUID,
    photo_id: UUID,
    *,
    size: Size,
    now: datetime,
) -> tuple[StoredFile, bytes]:
    """Return a photo beside a round in scope with its content; opening it is on record.

    Raises `check-round-not-found`, `check-photo-not-found`, `file-unreadable`.
    """
    row = queries.get_round(session, actor, round_id, now=now)
    photo = queries.get_photo(session, row, photo_id)
    wanted = photo.file_id if size is Size.FULL else photo.view_file_id
    file = files_of(session, [wanted]).get(wanted)
    if file is None:
        raise DomainError("file-unreadable", Kind.GONE)
    content = store.read(session, storage, file)
    trace(session, actor, "check.read", row, {"photo": str(photo.id), "size": size}, now=now)
    return file, content
