"""Use-cases of urgent requests: ringing, answering, what ends them, the on-duty switch."""

from telehealth.urgent.service.alone import require_alone
from telehealth.urgent.service.answering import accept, accept_next, decline, mark_seen
from telehealth.urgent.service.duty import switch_duty
from telehealth.urgent.service.ending import cancel, close, finish, release
from telehealth.urgent.service.following import (
    on_appointment_cancelled,
    on_appointment_completed,
    on_appointment_handed_over,
    on_appointment_moved,
    on_appointment_started,
    on_visit_signed,
    on_visit_withdrawn,
)
from telehealth.urgent.service.leasing import attend, renew
from telehealth.urgent.service.reading import note_list, read_request
from telehealth.urgent.service.ringing import Press, press, ring_again, ring_next
from telehealth.urgent.service.ticking import list_due, tick

__all__ = [
    "Press",
    "accept",
    "accept_next",
    "attend",
    "cancel",
    "close",
    "decline",
    "finish",
    "list_due",
    "mark_seen",
    "note_list",
    "on_appointment_cancelled",
    "on_appointment_completed",
    "on_appointment_handed_over",
    "on_appointment_moved",
    "on_appointment_started",
    "on_visit_signed",
    "on_visit_withdrawn",
    "press",
    "read_request",
    "release",
    "renew",
    "require_alone",
    "ring_again",
    "ring_next",
    "switch_duty",
    "tick",
]
