"""What may follow what on the wait list."""

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.waitlist.states import LIVE, MACHINE, EntryCommand, EntryState

EXPECTED = {
    "waiting": {"offer": "offered", "expire": "expired", "cancel": "cancelled"},
    "offered": {
        "accept": "accepted",
        "pass": "waiting",
        "decline": "declined",
        "take_back": "waiting",
        "lapse": "waiting",
        "cancel": "cancelled",
    },
    "accepted": {},
    "declined": {},
    "expired": {},
    "cancelled": {},
}


@pytest.mark.parametrize("state", list(EntryState))
@pytest.mark.parametrize("command", list(EntryCommand))
def test_every_command_in_every_state(state: EntryState, command: EntryCommand) -> None:
    after = EXPECTED[state].get(command)
    if after is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) == after


def test_only_live_entries_can_still_change() -> None:
    assert {state for state in EntryState if MACHINE.commands(state)} == LIVE
