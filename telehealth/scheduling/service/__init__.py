"""Use-cases of scheduling: holds, what becomes of an appointment, answers given once."""

from telehealth.scheduling.service.at_once import AtOnce, book_now, let_go
from telehealth.scheduling.service.expiry import expire_due
from telehealth.scheduling.service.hold import hold
from telehealth.scheduling.service.idempotency import Answer, answer_once, forget_answers
from telehealth.scheduling.service.lifecycle import (
    abort,
    cancel,
    check_in,
    complete,
    confirm,
    note_absence,
    release,
    start,
)
from telehealth.scheduling.service.reading import note_list, read_appointment

__all__ = [
    "Answer",
    "AtOnce",
    "abort",
    "answer_once",
    "book_now",
    "cancel",
    "check_in",
    "complete",
    "confirm",
    "expire_due",
    "forget_answers",
    "hold",
    "let_go",
    "note_absence",
    "note_list",
    "read_appointment",
    "release",
    "start",
]
