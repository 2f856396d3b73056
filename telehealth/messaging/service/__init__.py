"""Use-cases of messaging: queueing with the act, sending by leases, receipts in any order."""

from telehealth.messaging.service.queueing import queue_message, skip_messages
from telehealth.messaging.service.receipts import record_report
from telehealth.messaging.service.recording import record_accepted, record_fault, recover_leases
from telehealth.messaging.service.resealing import reseal
from telehealth.messaging.service.sending import Lease, Prepared, Sender, lease_messages, prepare

__all__ = [
    "Lease",
    "Prepared",
    "Sender",
    "lease_messages",
    "prepare",
    "queue_message",
    "record_accepted",
    "record_fault",
    "record_report",
    "recover_leases",
    "reseal",
    "skip_messages",
]
