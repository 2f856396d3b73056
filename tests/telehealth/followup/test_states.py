"""Every state and every command of plans and tasks."""

from itertools import product

import pytest

from telehealth.followup.states import PLAN, TASK, PlanCommand, PlanState, TaskCommand, TaskState
from telehealth.kit.errors import ConflictError


@pytest.mark.parametrize(("state", "command"), list(product(PlanState, PlanCommand)))
def test_a_plan_moves_unless_withdrawn(state: PlanState, command: PlanCommand) -> None:
    if state is PlanState.WITHDRAWN:
        with pytest.raises(ConflictError):
            PLAN.move(state, command)
    else:
        assert PLAN.move(state, command) in PlanState


def test_a_task_is_done_once() -> None:
    assert TASK.move(TaskState.OPEN, TaskCommand.COMPLETE) is TaskState.DONE
    with pytest.raises(ConflictError):
        TASK.move(TaskState.DONE, TaskCommand.COMPLETE)
