"""Every state of an order × every command."""

import itertools

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.orders.states import MACHINE, PENDING, OrderCommand, OrderState

S, C = OrderState, OrderCommand

EXPECTED = {
    S.DRAFT: {C.RELEASE: S.OPEN, C.REVOKE: S.REVOKED},
    S.OPEN: {C.ACKNOWLEDGE: S.SEEN, C.FINISH: S.DONE, C.DECLINE: S.DECLINED, C.REVOKE: S.REVOKED},
    S.SEEN: {C.FINISH: S.DONE, C.DECLINE: S.DECLINED, C.REVOKE: S.REVOKED},
    S.DONE: {},
    S.DECLINED: {},
    S.REVOKED: {},
}


@pytest.mark.parametrize(("state", "command"), list(itertools.product(S, C)))
def test_every_command_in_every_state(state: OrderState, command: OrderCommand) -> None:
    expected = EXPECTED[state].get(command)
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) is expected


def test_what_is_pending_can_be_done_and_declined() -> None:
    assert {state for state in S if MACHINE.allows(state, C.FINISH)} == PENDING
    assert {state for state in S if MACHINE.allows(state, C.DECLINE)} == PENDING
