"""Use-cases of scheduling: holds, what becomes of an appointment, answers given once."""

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
from telehealth.scheduling.service.stranded import list_stranded, nearest_slots
from telehealth.scheduling.service.support import on_hours_changed, preview_change, refresh_support

__all__ = [
    "Answer",
    "abort",
    "answer_once",
    "cancel",
    "check_in",
    "complete",
    "confirm",
    "expire_due",
    "forget_answers",
    "hold",
    "list_stranded",
    "nearest_slots",
    "note_absence",
    "note_list",
    "on_hours_changed",
    "preview_change",
    "read_appointment",
    "refresh_support",
    "release",
    "start",
]
