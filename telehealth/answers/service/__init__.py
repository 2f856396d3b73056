"""Use-cases of later answers: sending, taking, asking back, answering, what the clocks do."""

from telehealth.answers.service.answering import answer, ask_back, release, take
from telehealth.answers.service.following import (
    on_appointment_agreed,
    on_visit_signed,
    settle_withdrawn,
)
from telehealth.answers.service.reading import note_list, read_request
from telehealth.answers.service.sending import Sending, reply, send, withdraw
from telehealth.answers.service.thread import Thread
from telehealth.answers.service.ticking import list_due, tick
from telehealth.answers.service.turning import turn_to_later

__all__ = [
    "Sending",
    "Thread",
    "answer",
    "ask_back",
    "list_due",
    "note_list",
    "on_appointment_agreed",
    "on_visit_signed",
    "read_request",
    "release",
    "reply",
    "send",
    "settle_withdrawn",
    "take",
    "tick",
    "turn_to_later",
    "withdraw",
]
