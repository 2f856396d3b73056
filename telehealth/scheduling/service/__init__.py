"""Use-cases of scheduling: holds, what becomes of an appointment, answers given once."""

from telehealth.scheduling.service.again import rebook, undo_absence
from telehealth.scheduling.service.at_once import AtOnce, book_now, let_go
from telehealth.scheduling.service.besides import free_instead
from telehealth.scheduling.service.by_patient import book_again, move_own, offered_again, offered_times
from telehealth.scheduling.service.expiry import expire_due
from telehealth.scheduling.service.hold import hold
from telehealth.scheduling.service.idempotency import (
    Answer,
    act_in_parts_once,
    act_once,
    answer_once,
    find_answer,
    forget_answers,
)
from telehealth.scheduling.service.in_turn import hold_in_turn
from telehealth.scheduling.service.lifecycle import (
    abort,
    cancel,
    check_in,
    complete,
    confirm,
    note_absence,
    release,
    start,
    step_back,
)
from telehealth.scheduling.service.moving import reassign, reschedule
from telehealth.scheduling.service.overriding import override_book, override_move
from telehealth.scheduling.service.passing_on import hand_over
from telehealth.scheduling.service.reading import note_list, read_appointment, read_request
from telehealth.scheduling.service.requests import accept, escalate, list_to_escalate, reject
from telehealth.scheduling.service.stranded import count_stranded, list_stranded, nearest_slots
from telehealth.scheduling.service.support import (
    Effects,
    foresee,
    foresee_change,
    on_doctor_changed,
    on_hours_changed,
    preview,
    preview_change,
    refresh_support,
)

__all__ = [
    "Answer",
    "AtOnce",
    "Effects",
    "abort",
    "accept",
    "act_in_parts_once",
    "act_once",
    "answer_once",
    "book_again",
    "book_now",
    "cancel",
    "check_in",
    "complete",
    "confirm",
    "count_stranded",
    "escalate",
    "expire_due",
    "find_answer",
    "foresee",
    "foresee_change",
    "forget_answers",
    "free_instead",
    "hand_over",
    "hold",
    "hold_in_turn",
    "let_go",
    "list_stranded",
    "list_to_escalate",
    "move_own",
    "nearest_slots",
    "note_absence",
    "note_list",
    "offered_again",
    "offered_times",
    "on_doctor_changed",
    "on_hours_changed",
    "override_book",
    "override_move",
    "preview",
    "preview_change",
    "read_appointment",
    "read_request",
    "reassign",
    "rebook",
    "refresh_support",
    "reject",
    "release",
    "reschedule",
    "start",
    "step_back",
    "undo_absence",
]
