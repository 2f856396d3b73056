"""Use-cases of messaging: queueing with the act, sending by leases, receipts in any order."""

from telehealth.messaging.service.backlog import find_oldest_due
from telehealth.messaging.service.chasing import chase_undelivered
from telehealth.messaging.service.editing import edit_text, note_registration
from telehealth.messaging.service.queueing import Wanted, queue_message, queue_messages, skip_messages
from telehealth.messaging.service.receipts import record_report
from telehealth.messaging.service.recording import (
    ask_later,
    record_all_accepted,
    record_fault,
    recover_leases,
    repeat_lost,
)
from telehealth.messaging.service.resealing import reseal
from telehealth.messaging.service.sending import Prepared, Sender, take_due
from telehealth.messaging.service.truth import those_true

__all__ = [
    "Prepared",
    "Sender",
    "Wanted",
    "ask_later",
    "chase_undelivered",
    "edit_text",
    "find_oldest_due",
    "note_registration",
    "queue_message",
    "queue_messages",
    "record_all_accepted",
    "record_fault",
    "record_report",
    "recover_leases",
    "repeat_lost",
    "reseal",
    "skip_messages",
    "take_due",
    "those_true",
]
