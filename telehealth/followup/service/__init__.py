"""Use-cases of follow-up: telling the patient, taking the answer, seeing that somebody acts on it."""

from telehealth.followup.service.answers import (
    on_answer_given,
    on_answer_overdue,
    on_answer_settled,
    on_question_overdue,
    on_question_reminded,
    on_question_settled,
    on_station_asked,
)
from telehealth.followup.service.appointments import (
    on_appointment_booked,
    on_appointment_cancelled,
    on_appointment_completed,
    on_appointment_declined,
    on_appointment_moved,
    on_appointment_requested,
)
from telehealth.followup.service.batching import Reminded, ToRemind, list_to_remind, remind
from telehealth.followup.service.booking import book_plan
from telehealth.followup.service.calling import on_patient_rung
from telehealth.followup.service.codes import on_voided_code_holds
from telehealth.followup.service.coding import send_code
from telehealth.followup.service.finding import answer_lost
from telehealth.followup.service.lapsing import list_overdue, settle_overdue
from telehealth.followup.service.missed import is_missed, offered_again, reply_to_missed, take_again
from telehealth.followup.service.offers import (
    on_offer_ended,
    on_offer_made,
    on_visit_over,
    on_wait_ended,
)
from telehealth.followup.service.orders import (
    on_order_acknowledged,
    on_order_released,
    on_order_settled,
)
from telehealth.followup.service.plan_reminding import list_to_remind_of, remind_of_plan
from telehealth.followup.service.plans import move_plan, on_visit_signed
from telehealth.followup.service.referrals import (
    on_referral_answered,
    on_referral_arrived,
    on_referral_left,
    on_referral_returned,
    on_referral_settled,
    on_referral_stuck,
)
from telehealth.followup.service.relinking import (
    is_for_paper,
    reissue_link,
    revoke_link,
    slip_token,
    unlock_link,
)
from telehealth.followup.service.reminding import list_reminders, queue_reminders
from telehealth.followup.service.replies import (
    move_appointment,
    offered_to,
    reply_to_appointment,
    reply_to_plan,
)
from telehealth.followup.service.silenced import (
    on_death_taken_back,
    on_number_doubted,
    on_patient_changed,
    on_patient_died,
)
from telehealth.followup.service.tasks import (
    complete_task,
    on_glass_broken,
    on_link_locked,
    on_urgent_settled,
    on_urgent_unanswered,
)
from telehealth.followup.service.unreached import on_message_delivered, on_message_undelivered

__all__ = [
    "Reminded",
    "ToRemind",
    "answer_lost",
    "book_plan",
    "complete_task",
    "is_for_paper",
    "is_missed",
    "list_overdue",
    "list_reminders",
    "list_to_remind",
    "list_to_remind_of",
    "move_appointment",
    "move_plan",
    "offered_again",
    "offered_to",
    "on_answer_given",
    "on_answer_overdue",
    "on_answer_settled",
    "on_appointment_booked",
    "on_appointment_cancelled",
    "on_appointment_completed",
    "on_appointment_declined",
    "on_appointment_moved",
    "on_appointment_requested",
    "on_death_taken_back",
    "on_glass_broken",
    "on_link_locked",
    "on_message_delivered",
    "on_message_undelivered",
    "on_number_doubted",
    "on_offer_ended",
    "on_offer_made",
    "on_order_acknowledged",
    "on_order_released",
    "on_order_settled",
    "on_patient_changed",
    "on_patient_died",
    "on_patient_rung",
    "on_question_overdue",
    "on_question_reminded",
    "on_question_settled",
    "on_referral_answered",
    "on_referral_arrived",
    "on_referral_left",
    "on_referral_returned",
    "on_referral_settled",
    "on_referral_stuck",
    "on_station_asked",
    "on_urgent_settled",
    "on_urgent_unanswered",
    "on_visit_over",
    "on_visit_signed",
    "on_voided_code_holds",
    "on_wait_ended",
    "queue_reminders",
    "reissue_link",
    "remind",
    "remind_of_plan",
    "reply_to_appointment",
    "reply_to_missed",
    "reply_to_plan",
    "revoke_link",
    "send_code",
    "settle_overdue",
    "slip_token",
    "take_again",
    "unlock_link",
]
