"""All states x commands: what may follow what, and that nothing follows an end."""

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.scheduling.states import LIVE, MACHINE, AppointmentCommand, AppointmentState

EXPECTED = {
    "held": {
        "move": "held",
        "confirm": "booked",
        "request": "requested",
        "release": "cancelled",
        "expire": "expired",
        "cancel": "cancelled",
    },
    "requested": {
        "accept": "booked",
        "reject": "rejected",
        "pass_on": "requested",
        "escalate": "requested",
        "reschedule": "requested",
        "expire": "expired",
        "cancel": "cancelled",
    },
    "booked": {
        "reschedule": "booked",
        "reassign": "booked",
        "override": "booked",
        "check_in": "checked_in",
        "start": "in_progress",
        "cancel": "cancelled",
        "no_show": "no_show",
    },
    "checked_in": {"start": "in_progress", "cancel": "cancelled", "no_show": "no_show"},
    "in_progress": {
        "step_back": "booked",
        "complete": "fulfilled",
        "abort": "aborted",
        "hand_over": "in_progress",
    },
    "no_show": {"undo": "checked_in"},
}


@pytest.mark.parametrize("state", AppointmentState)
@pytest.mark.parametrize("command", AppointmentCommand)
def test_every_pair_leads_where_the_table_says_or_is_refused(
    state: AppointmentState, command: AppointmentCommand
) -> None:
    expected = EXPECTED.get(state, {}).get(command)
    assert MACHINE.allows(state, command) == (expected is not None)
    if expected is None:
        with pytest.raises(ConflictError) as refused:
            MACHINE.move(state, command)
        assert refused.value.code == "invalid-transition"
    else:
        assert MACHINE.move(state, command) == expected


def test_every_state_can_be_reached_and_only_live_ones_left_but_for_an_absence_taken_back() -> None:
    assert {*MACHINE.table.values()} == set(AppointmentState)
    assert {state for state, _ in MACHINE.table} == LIVE | {AppointmentState.NO_SHOW}
