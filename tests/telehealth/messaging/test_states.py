"""Every state and every command of messages and attempts."""

from itertools import product

import pytest

from telehealth.kit.errors import ConflictError
from telehealth.messaging.states import (
    DELIVERY,
    MESSAGE,
    DeliveryCommand,
    DeliveryState,
    MessageCommand,
    MessageState,
)


@pytest.mark.parametrize(("state", "command"), list(product(MessageState, MessageCommand)))
def test_a_message_moves_only_as_listed(state: MessageState, command: MessageCommand) -> None:
    if MESSAGE.allows(state, command):
        assert MESSAGE.move(state, command) in MessageState
    else:
        with pytest.raises(ConflictError):
            MESSAGE.move(state, command)


@pytest.mark.parametrize(("state", "command"), list(product(DeliveryState, DeliveryCommand)))
def test_an_attempt_moves_only_as_listed(state: DeliveryState, command: DeliveryCommand) -> None:
    if DELIVERY.allows(state, command):
        assert DELIVERY.move(state, command) in DeliveryState
    else:
        with pytest.raises(ConflictError):
            DELIVERY.move(state, command)


def test_what_is_delivered_or_skipped_stays_so() -> None:
    assert MESSAGE.commands(MessageState.DELIVERED) == []
    assert MESSAGE.commands(MessageState.SKIPPED) == []
