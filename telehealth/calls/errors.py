"""Refusals of calls."""

from telehealth.kit.errors import ConflictError, DomainError, Kind, NotFoundError


class CallNotFoundError(NotFoundError):
    """No such call, or not one the actor has to do with."""

    def __init__(self) -> None:
        super().__init__("call-not-found")


class CallNotOpenError(ConflictError):
    """The appointment is not confirmed, or no longer stands: there is nothing to join."""

    def __init__(self) -> None:
        super().__init__("call-not-open")


class CallFullError(ConflictError):
    """As many are in the call, or rung to come, as it holds."""

    def __init__(self) -> None:
        super().__init__("call-full")


class RungTooOftenError(DomainError):
    """They were rung a moment ago, or as often as is of use."""

    def __init__(self, seconds: int) -> None:
        super().__init__("rung-too-often", Kind.TOO_MANY, seconds=seconds)


class RingOverError(ConflictError):
    """It rings no more: answered, taken back, or nobody came in time."""

    def __init__(self) -> None:
        super().__init__("ring-over")


class CallOverError(DomainError):
    """The call has ended."""

    def __init__(self) -> None:
        super().__init__("call-over", Kind.GONE)
