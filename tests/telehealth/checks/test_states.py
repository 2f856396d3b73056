"""Every state of a round and of an alarm × every command."""

import pytest

from telehealth.checks.states import (
    ALARM,
    LISTED,
    OPEN,
    ROUND,
    AlarmCommand,
    AlarmState,
    RoundCommand,
    RoundState,
)
from telehealth.kit.errors import ConflictError

ROUNDS = {
    RoundState.PLANNED: {"ask", "send_home", "withdraw"},
    RoundState.ASKED: {"settle", "flag", "fall_silent", "send_home", "withdraw"},
    RoundState.ANSWERED: {"settle", "flag", "reach", "close"},
    RoundState.CALLING: {"settle", "flag", "miss", "send_home", "reach", "close"},
    RoundState.VISITING: {"settle", "flag", "miss", "reach", "close"},
    RoundState.REACHED: set(),
    RoundState.CLOSED: set(),
    RoundState.WITHDRAWN: set(),
}
ALARMS = {
    AlarmState.RINGING: {"ring", "rest", "take", "settle"},
    AlarmState.RESTING: {"ring", "rest", "take", "settle"},
    AlarmState.TAKEN: {"settle"},
    AlarmState.SETTLED: set(),
}


@pytest.mark.parametrize("state", list(RoundState))
@pytest.mark.parametrize("command", list(RoundCommand))
def test_a_round_allows_what_is_listed_and_nothing_else(state: RoundState, command: RoundCommand) -> None:
    assert ROUND.allows(state, command) == (command in ROUNDS[state])
    if command not in ROUNDS[state]:
        with pytest.raises(ConflictError):
            ROUND.move(state, command)


@pytest.mark.parametrize("state", list(AlarmState))
@pytest.mark.parametrize("command", list(AlarmCommand))
def test_an_alarm_allows_what_is_listed_and_nothing_else(state: AlarmState, command: AlarmCommand) -> None:
    assert ALARM.allows(state, command) == (command in ALARMS[state])


def test_a_list_is_left_only_by_an_answer_a_person_reached_or_a_reason() -> None:
    for state in LISTED:
        ends = {ROUND.move(state, command) for command in ROUND.commands(state)} - LISTED
        assert ends == {RoundState.ANSWERED, RoundState.REACHED, RoundState.CLOSED}


def test_what_may_be_answered_can_be_flagged() -> None:
    assert all(ROUND.allows(state, RoundCommand.FLAG) for state in OPEN)
