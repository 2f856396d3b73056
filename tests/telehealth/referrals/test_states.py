"""Every state of a referral × every command."""

import itertools

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.referrals.states import MACHINE, OPEN, RECEIVED, ReferralCommand, ReferralState

S, C = ReferralState, ReferralCommand

EXPECTED = {
    S.DRAFT: {C.SEND: S.SENT, C.WITHDRAW: S.WITHDRAWN},
    S.SENT: {C.ACCEPT: S.ACCEPTED, C.DECLINE: S.DECLINED, C.REDIRECT: S.SENT, C.WITHDRAW: S.WITHDRAWN},
    S.ACCEPTED: {C.REDIRECT: S.SENT, C.RETURN: S.RETURNED, C.WITHDRAW: S.WITHDRAWN},
    S.DECLINED: {C.REDIRECT: S.SENT, C.WITHDRAW: S.WITHDRAWN},
    S.RETURNED: {C.ACKNOWLEDGE: S.CLOSED},
    S.CLOSED: {},
    S.WITHDRAWN: {},
}


@pytest.mark.parametrize(("state", "command"), list(itertools.product(S, C)))
def test_every_command_in_every_state(state: ReferralState, command: ReferralCommand) -> None:
    expected = EXPECTED[state].get(command)
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) is expected


def test_what_is_over_stays_over() -> None:
    assert {state for state in S if not MACHINE.commands(state)} == {S.CLOSED, S.WITHDRAWN}
    assert RECEIVED < OPEN
