"""Which files are taken: told by their first bytes, never by their name."""

from dataclasses import dataclass
from typing import Final

from telehealth.kit.errors import InvalidError

MEGABYTES: Final = 10
_SIGNATURES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file that was looked into and may be kept; only `service.accept` makes one."""

    media_type: str
    content: bytes


def media_type_of(content: bytes) -> str:
    """Return the media type of a file; raise `file-empty`, `file-too-large` or `file-type-refused`."""
    if not content:
        raise InvalidError("file-empty", field="file")
    if len(content) > MEGABYTES * 1024 * 1024:
        raise InvalidError("file-too-large", field="file", megabytes=MEGABYTES)
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    raise InvalidError("file-type-refused", field="file")
