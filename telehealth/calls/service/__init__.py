"""Use-cases of calls: coming in, letting in, what is said, ending."""

from telehealth.calls.service.ending import (
    complete_appointment,
    end,
    end_cancelled,
    end_completed,
    end_room,
    on_visit_signed,
    start_appointment,
    step_back,
)
from telehealth.calls.service.joining import (
    confirm_identity,
    ensure_room,
    issue_ticket,
    look_in,
    note_reading,
    on_absence_taken_back,
)
from telehealth.calls.service.journal import admit, hold, join, jot, keep_chat, leave, share
from telehealth.calls.service.ringing import accept, ask_in, decline, list_colleagues, ring_missing
from telehealth.calls.service.waiting import on_appointment_moved, tell_waiting

__all__ = [
    "accept",
    "admit",
    "ask_in",
    "complete_appointment",
    "confirm_identity",
    "decline",
    "end",
    "end_cancelled",
    "end_completed",
    "end_room",
    "ensure_room",
    "hold",
    "issue_ticket",
    "join",
    "jot",
    "keep_chat",
    "leave",
    "list_colleagues",
    "look_in",
    "note_reading",
    "on_absence_taken_back",
    "on_appointment_moved",
    "on_visit_signed",
    "ring_missing",
    "share",
    "start_appointment",
    "step_back",
    "tell_waiting",
]
