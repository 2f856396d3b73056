"""What is done with staff: signing in, switching, credentials, memberships, API tokens."""

from telehealth.staff.service.credentials import (
    activate,
    issue_activation,
    remove_pin,
    set_password,
    set_pin,
)
from telehealth.staff.service.members import (
    Invited,
    Post,
    add_membership,
    close_membership,
    create_staff,
    disable,
    enable,
    invite,
    move,
    reset,
)
from telehealth.staff.service.proof import ProofAttempt, begin_proof, complete_proof
from telehealth.staff.service.sign_in import (
    Attempt,
    Browser,
    SignedIn,
    begin_sign_in,
    change_workplace,
    complete_sign_in,
    end_all_sign_ins,
    end_own_sign_in,
    sign_out,
    take_back,
)
from telehealth.staff.service.switch import PinAttempt, begin_switch, complete_switch, forget_colleague
from telehealth.staff.service.tokens import create_integration, create_token, revoke_token

__all__ = [
    "Attempt",
    "Browser",
    "Invited",
    "PinAttempt",
    "Post",
    "ProofAttempt",
    "SignedIn",
    "activate",
    "add_membership",
    "begin_proof",
    "begin_sign_in",
    "begin_switch",
    "change_workplace",
    "close_membership",
    "complete_proof",
    "complete_sign_in",
    "complete_switch",
    "create_integration",
    "create_staff",
    "create_token",
    "disable",
    "enable",
    "end_all_sign_ins",
    "end_own_sign_in",
    "forget_colleague",
    "invite",
    "issue_activation",
    "move",
    "remove_pin",
    "reset",
    "revoke_token",
    "set_password",
    "set_pin",
    "sign_out",
    "take_back",
]
