"""The rules of attachments: kinds, limits, captions, arrows, and which files a signature covers. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from telehealth.kit.actors import ActorKind
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, Kind
from telehealth.kit.text import nfc

MAX_OF_VISIT: Final = 60
MAX_OF_LINK: Final = 12
"""A patient's phone is not the station's: what it sends by mistake must not fill the record."""
CAPTION_LIMIT: Final = 200
MAX_ARROWS: Final = 20
SCALE: Final = 10_000
SHORTEST_ARROW: Final = 150
"""In ten-thousandths of the picture: below this it was a slip of the finger."""
UNDO_FOR: Final = timedelta(days=1)
TURNS: Final = (0, 90, 180, 270)


class AttachmentKind(StrEnum):
    """What an attachment shows."""

    PHOTO = "photo"
    DOCUMENT = "document"
    ECG = "ecg"
    ULTRASOUND = "ultrasound"


class Source(StrEnum):
    """Where an attachment came from."""

    RECORD = "record"
    CALL = "call"
    WAITING = "waiting"


class Size(StrEnum):
    """How large a picture is asked for."""

    FULL = "full"
    VIEW = "view"
    THUMB = "thumb"


def accept_caption(text: str) -> str:
    """Return a caption as stored; raise `caption-too-long`."""
    caption = nfc(text)
    if len(caption) > CAPTION_LIMIT:
        raise InvalidError("caption-too-long", field="caption", limit=CAPTION_LIMIT)
    return caption


def accept_arrows(arrows: Sequence[Sequence[int]], pages: int) -> list[list[int]]:
    """Return arrows as stored: page from 1, then tail and tip in ten-thousandths of width and height.

    Raises `arrows-invalid`, `too-many-arrows`. Slips of the finger are left out.
    """
    if len(arrows) > MAX_ARROWS:
        raise InvalidError("too-many-arrows", limit=MAX_ARROWS)
    accepted = []
    for arrow in arrows:
        if len(arrow) != 5 or not all(type(value) is int for value in arrow):
            raise InvalidError("arrows-invalid")
        page, *ends = arrow
        if not 1 <= page <= pages or not all(0 <= value <= SCALE for value in ends):
            raise InvalidError("arrows-invalid")
        if max(abs(ends[2] - ends[0]), abs(ends[3] - ends[1])) >= SHORTEST_ARROW:
            accepted.append(list(arrow))
    return accepted


def accept_turn(turn: int) -> int:
    """Return a turn in degrees clockwise; raise `turn-invalid`."""
    if turn not in TURNS:
        raise InvalidError("turn-invalid")
    return turn


def require_room(actor_kind: str, *, of_visit: int, of_actor: int) -> None:
    """Raise `attachments-too-many` where no further attachment is taken."""
    if of_visit >= MAX_OF_VISIT:
        raise DomainError("attachments-too-many", Kind.TOO_MANY, limit=MAX_OF_VISIT)
    if actor_kind == ActorKind.LINK and of_actor >= MAX_OF_LINK:
        raise DomainError("attachments-too-many", Kind.TOO_MANY, limit=MAX_OF_LINK)


def require_reason(reason: str, *, is_signed: bool) -> str:
    """Return why something is taken back; raise `withdrawal-reason-missing` where the signature covers it."""
    why = accept_caption(reason)
    if is_signed and not why:
        raise InvalidError("withdrawal-reason-missing", field="reason")
    return why


def moved(order: Sequence[Any], which: Any, *, by: int) -> list[Any]:
    """Return the order with one of it a place earlier (`by` -1) or later (1); at the end nothing moves."""
    after = list(order)
    at = after.index(which)
    to = min(max(at + by, 0), len(after) - 1)
    after.insert(to, after.pop(at))
    return after


def signed_hashes(hashes: Mapping[tuple[str, int], str], *, is_whole: bool) -> list[str]:
    """Return the SHA-256 of each page as it is signed: in full, or of what had come by then."""
    size = Size.FULL if is_whole else Size.VIEW
    pages = sorted(page for kept, page in hashes if kept == size)
    if not pages:
        raise ConflictError("attachment-empty")
    return [hashes[size, page] for page in pages]
