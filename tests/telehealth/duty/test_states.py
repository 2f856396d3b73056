"""Every state and every command of shifts and swaps."""

from itertools import product

import pytest

from telehealth.duty.states import SHIFT, SWAP, ShiftCommand, ShiftState, SwapCommand, SwapState
from telehealth.kit.errors import ConflictError

SHIFTS = {
    ("draft", "publish"): "published",
    ("draft", "assign"): "draft",
    ("draft", "withdraw"): "withdrawn",
    ("published", "assign"): "published",
    ("published", "withdraw"): "withdrawn",
}
SWAPS = {
    ("asked", "accept"): "accepted",
    ("asked", "decline"): "declined",
    ("asked", "take_back"): "taken_back",
    ("asked", "lapse"): "lapsed",
}


@pytest.mark.parametrize(("state", "command"), list(product(ShiftState, ShiftCommand)))
def test_what_becomes_of_a_shift(state: ShiftState, command: ShiftCommand) -> None:
    expected = SHIFTS.get((state, command))
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            SHIFT.move(state, command)
    else:
        assert SHIFT.move(state, command) == expected


@pytest.mark.parametrize(("state", "command"), list(product(SwapState, SwapCommand)))
def test_what_becomes_of_a_swap(state: SwapState, command: SwapCommand) -> None:
    expected = SWAPS.get((state, command))
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            SWAP.move(state, command)
    else:
        assert SWAP.move(state, command) == expected
