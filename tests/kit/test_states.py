"""A machine does what its table says and nothing else."""

from enum import StrEnum

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.kit.states import Machine


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"


class Push(StrEnum):
    CLOSE = "close"
    OPEN = "open"


MACHINE = Machine("door", {(Door.OPEN, Push.CLOSE): Door.SHUT, (Door.SHUT, Push.OPEN): Door.OPEN})


@pytest.mark.parametrize("state", list(Door))
@pytest.mark.parametrize("command", list(Push))
def test_every_pair_is_either_in_the_table_or_refused(state: Door, command: Push) -> None:
    if MACHINE.allows(state, command):
        assert MACHINE.move(state, command) is MACHINE.table[(state, command)]
        return
    with pytest.raises(ConflictError) as refused:
        MACHINE.move(state, command)
    assert refused.value.code == "invalid-transition"
    assert refused.value.facts == {"machine": "door", "state": str(state), "command": str(command)}


def test_a_page_offers_only_what_the_machine_allows() -> None:
    assert MACHINE.commands(Door.OPEN) == [Push.CLOSE]
