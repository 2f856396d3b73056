"""Refusals of duty."""

from telehealth.duty.rules import Trouble
from telehealth.kit.errors import ConflictError, NotFoundError


class PoolNotFoundError(NotFoundError):
    """No such pool, or not of the actor's facility."""

    def __init__(self) -> None:
        super().__init__("pool-not-found")


class ShiftNotFoundError(NotFoundError):
    """No such shift, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("shift-not-found")


class SwapNotFoundError(NotFoundError):
    """No such swap, or not one the actor has a part in."""

    def __init__(self) -> None:
        super().__init__("swap-not-found")


class ShiftRefusedError(ConflictError):
    """The shift has a trouble no roster may have; the code is the trouble's."""

    def __init__(self, trouble: Trouble, **facts: object) -> None:
        super().__init__(str(trouble), **facts)
        self.trouble = trouble
        self.field = "doctor"


class ShiftOverError(ConflictError):
    """The shift has ended: what was is not changed."""

    def __init__(self) -> None:
        super().__init__("shift-over")


class SwapOpenError(ConflictError):
    """Somebody was asked already to take the shift."""

    def __init__(self) -> None:
        super().__init__("swap-open")
