"""Every state of a request for a later answer × every command."""

import itertools

import pytest

from telehealth.answers.states import MACHINE, OPEN, OWNED, TICKING, AnswerCommand, AnswerState
from telehealth.kit.errors import ConflictError

S, C = AnswerState, AnswerCommand

EXPECTED = {
    S.WAITING: {C.TAKE: S.TAKEN, C.WITHDRAW: S.WITHDRAWN},
    S.TAKEN: {C.RELEASE: S.WAITING, C.ASK: S.ASKED, C.ANSWER: S.ANSWERED, C.WITHDRAW: S.WITHDRAWN},
    S.ASKED: {C.RELEASE: S.WAITING, C.REPLY: S.TAKEN, C.ANSWER: S.ANSWERED, C.WITHDRAW: S.WITHDRAWN},
    S.ANSWERED: {},
    S.WITHDRAWN: {},
}


@pytest.mark.parametrize(("state", "command"), list(itertools.product(S, C)))
def test_every_command_in_every_state(state: AnswerState, command: AnswerCommand) -> None:
    expected = EXPECTED[state].get(command)
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) is expected


def test_what_is_over_stays_over() -> None:
    assert {state for state in S if not MACHINE.commands(state)} == set(S) - OPEN
    assert OWNED < OPEN
    assert TICKING < OPEN
    assert {state for state in S if MACHINE.allows(state, C.TAKE)} == OPEN - OWNED
