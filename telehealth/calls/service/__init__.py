"""Use-cases of calls: coming in, letting in, what is said, ending."""

from telehealth.calls.service.ending import (
    complete_appointment,
    end,
    end_cancelled,
    end_completed,
    end_room,
    start_appointment,
)
from telehealth.calls.service.joining import (
    confirm_identity,
    ensure_room,
    issue_ticket,
    look_in,
    note_reading,
    redeem_ticket,
)
from telehealth.calls.service.journal import admit, join, keep_chat, leave
from telehealth.calls.service.waiting import on_appointment_moved, tell_waiting

__all__ = [
    "admit",
    "complete_appointment",
    "confirm_identity",
    "end",
    "end_cancelled",
    "end_completed",
    "end_room",
    "ensure_room",
    "issue_ticket",
    "join",
    "keep_chat",
    "leave",
    "look_in",
    "note_reading",
    "on_appointment_moved",
    "redeem_ticket",
    "start_appointment",
    "tell_waiting",
]
