"""Use-cases of scheduling: hours, holds, what becomes of an appointment, answers given once."""

from telehealth.scheduling.service.expiry import expire_due
from telehealth.scheduling.service.hold import hold
from telehealth.scheduling.service.hours import (
    add_exception,
    add_rule,
    add_service_type,
    add_weekly_hours,
    close_rule,
    ensure_resource,
)
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
    "abort",
    "add_exception",
    "add_rule",
    "add_service_type",
    "add_weekly_hours",
    "answer_once",
    "cancel",
    "check_in",
    "close_rule",
    "complete",
    "confirm",
    "ensure_resource",
    "expire_due",
    "forget_answers",
    "hold",
    "note_absence",
    "note_list",
    "read_appointment",
    "release",
    "start",
]
