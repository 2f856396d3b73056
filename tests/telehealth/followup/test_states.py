"""Every state and every command of plans and tasks."""

from itertools import product

import pytest

from telehealth.followup.states import PLAN, TASK, PlanCommand, PlanState, TaskCommand, TaskState
from telehealth.kit.errors import ConflictError

_LIVE = {
    "confirm": "confirmed",
    "ask_change": "change_asked",
    "decline": "declined",
    "move": "planned",
    "withdraw": "withdrawn",
    "book": "booked",
    "lapse": "lapsed",
}
EXPECTED = {
    **dict.fromkeys(("planned", "confirmed", "change_asked", "declined"), _LIVE),
    "booked": {"unbook": "planned", "complete": "done"},
    "withdrawn": {"restore": "planned"},
    "lapsed": {"book": "booked", "move": "planned"},
}


@pytest.mark.parametrize(("state", "command"), list(product(PlanState, PlanCommand)))
def test_a_plan_goes_where_the_table_says_or_is_refused(state: PlanState, command: PlanCommand) -> None:
    after = EXPECTED.get(state, {}).get(command)
    if after is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            PLAN.move(state, command)
    else:
        assert PLAN.move(state, command) == after


def test_a_task_is_done_once() -> None:
    assert TASK.move(TaskState.OPEN, TaskCommand.COMPLETE) is TaskState.DONE
    with pytest.raises(ConflictError):
        TASK.move(TaskState.DONE, TaskCommand.COMPLETE)
