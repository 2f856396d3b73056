"""Use-cases of conferences: writing minutes, signing them, opening them again."""

from telehealth.conferences.service.sign import reopen_minutes, sign_minutes
from telehealth.conferences.service.write import (
    Beginning,
    Frame,
    begin_minutes,
    read_minutes,
    set_frame,
    write_text,
)

__all__ = [
    "Beginning",
    "Frame",
    "begin_minutes",
    "read_minutes",
    "reopen_minutes",
    "set_frame",
    "sign_minutes",
    "write_text",
]
