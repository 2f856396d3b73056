"""Use-cases of follow-up: telling the patient, taking the answer, seeing that somebody acts on it."""

from telehealth.followup.service.appointments import (
    on_appointment_booked,
    on_appointment_cancelled,
    on_appointment_completed,
    on_appointment_declined,
    on_appointment_moved,
    on_appointment_requested,
)
from telehealth.followup.service.booking import book_plan
from telehealth.followup.service.offers import on_offer_ended, on_offer_made
from telehealth.followup.service.plans import lapse_due, move_plan, on_visit_signed
from telehealth.followup.service.relinking import reissue_link, revoke_link
from telehealth.followup.service.replies import reply_to_appointment, reply_to_plan
from telehealth.followup.service.tasks import (
    complete_task,
    on_link_locked,
    on_message_undelivered,
    on_urgent_settled,
    on_urgent_unanswered,
)

__all__ = [
    "book_plan",
    "complete_task",
    "lapse_due",
    "move_plan",
    "on_appointment_booked",
    "on_appointment_cancelled",
    "on_appointment_completed",
    "on_appointment_declined",
    "on_appointment_moved",
    "on_appointment_requested",
    "on_link_locked",
    "on_message_undelivered",
    "on_offer_ended",
    "on_offer_made",
    "on_urgent_settled",
    "on_urgent_unanswered",
    "on_visit_signed",
    "reissue_link",
    "reply_to_appointment",
    "reply_to_plan",
    "revoke_link",
]
