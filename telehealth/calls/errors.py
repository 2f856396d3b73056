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


class CallOverError(DomainError):
    """The call has ended."""

    def __init__(self) -> None:
        super().__init__("call-over", Kind.GONE)
