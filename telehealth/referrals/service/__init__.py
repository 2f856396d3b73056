"""Use-cases of referrals: writing, sending, answering, sending back, what the clock does."""

from telehealth.referrals.service.answering import Coming, Returning, accept, decline, give_back, redirect
from telehealth.referrals.service.part import ReferralPart
from telehealth.referrals.service.reading import note_list, read_referral
from telehealth.referrals.service.ticking import list_due, tick
from telehealth.referrals.service.writing import (
    Wanted,
    acknowledge,
    discard,
    message,
    on_visit_signed,
    on_visit_withdrawn,
    send_now,
    withdraw,
    write,
)

__all__ = [
    "Coming",
    "ReferralPart",
    "Returning",
    "Wanted",
    "accept",
    "acknowledge",
    "decline",
    "discard",
    "give_back",
    "list_due",
    "message",
    "note_list",
    "on_visit_signed",
    "on_visit_withdrawn",
    "read_referral",
    "redirect",
    "send_now",
    "tick",
    "withdraw",
    "write",
]
