"""Every state of an urgent request × every command."""

import itertools

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.urgent.states import LIVE, MACHINE, OPEN, OWNED, RINGING, UrgentCommand, UrgentState

S, C = UrgentState, UrgentCommand

EXPECTED = {
    S.WAITING: {
        C.ESCALATE: S.WAITING,
        C.CLAIM: S.CLAIMED,
        C.GIVE_UP: S.EXPIRED,
        C.CANCEL: S.CANCELLED,
    },
    S.CLAIMED: {
        C.LOSE: S.WAITING,
        C.RELEASE: S.WAITING,
        C.START: S.IN_CALL,
        C.FINISH: S.DONE,
        C.CANCEL: S.CANCELLED,
    },
    S.IN_CALL: {C.FINISH: S.DONE, C.RELEASE: S.WAITING},
    S.EXPIRED: {C.CLAIM: S.CLAIMED, C.RING_AGAIN: S.WAITING, C.CLOSE: S.DONE},
    S.DONE: {},
    S.CANCELLED: {},
}


@pytest.mark.parametrize(("state", "command"), list(itertools.product(S, C)))
def test_every_command_in_every_state(state: UrgentState, command: UrgentCommand) -> None:
    expected = EXPECTED[state].get(command)
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) is expected


def test_what_is_over_stays_over() -> None:
    assert {state for state in S if not MACHINE.commands(state)} == set(S) - OPEN
    assert OWNED < LIVE < OPEN
    assert {state for state in S if MACHINE.allows(state, C.CLAIM)} == RINGING
