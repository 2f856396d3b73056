"""Issuing, sending, opening, proving, losing and ending patient links."""

from telehealth.links.service.acting import let_act_as_said
from telehealth.links.service.codes import (
    CodeCheck,
    CodeRefusal,
    code_for_delivery,
    confirm_code,
    end_own_phones,
    forget_phone,
    make_code,
)
from telehealth.links.service.ending import read_links, revoke_link, revoke_links, unlock_link
from telehealth.links.service.gates import YearCheck, confirm_year
from telehealth.links.service.issuing import issue_link, token_for_delivery, token_to
from telehealth.links.service.losing import ask_for_link, settle_lost, settle_unknown, take_lost
from telehealth.links.service.opening import Opened, carry_over, note_use, open_link
from telehealth.links.service.refusing import count_refusal

__all__ = [
    "CodeCheck",
    "CodeRefusal",
    "Opened",
    "YearCheck",
    "ask_for_link",
    "carry_over",
    "code_for_delivery",
    "confirm_code",
    "confirm_year",
    "count_refusal",
    "end_own_phones",
    "forget_phone",
    "issue_link",
    "let_act_as_said",
    "make_code",
    "note_use",
    "open_link",
    "read_links",
    "revoke_link",
    "revoke_links",
    "settle_lost",
    "settle_unknown",
    "take_lost",
    "token_for_delivery",
    "token_to",
    "unlock_link",
]
