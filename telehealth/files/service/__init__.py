"""Use-cases of files: washing what was sent, keeping, opening and deleting, uploads in chunks."""

from telehealth.files.service.keep import destroy, keep, open_file, put_file, read, reseal
from telehealth.files.service.pixels import wash, wash_preview
from telehealth.files.service.upload import (
    Announcement,
    announce,
    append,
    assemble,
    cancel,
    discard,
    discard_expired,
)

__all__ = [
    "Announcement",
    "announce",
    "append",
    "assemble",
    "cancel",
    "destroy",
    "discard",
    "discard_expired",
    "keep",
    "open_file",
    "put_file",
    "read",
    "reseal",
    "wash",
    "wash_preview",
]
