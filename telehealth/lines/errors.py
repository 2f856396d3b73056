"""Refusals of checks."""

from telehealth.kit.errors import ConflictError, DomainError, Kind, NotFoundError


class CheckNotFoundError(NotFoundError):
    """No such check, or not the actor's own."""

    def __init__(self) -> None:
        super().__init__("check-not-found")


class CheckOverError(ConflictError):
    """The check is finished, or was begun too long ago."""

    def __init__(self) -> None:
        super().__init__("check-over")


class ChecksTooManyError(DomainError):
    """Somebody checks again and again: others wait for the same peer."""

    def __init__(self, minutes: int) -> None:
        super().__init__("checks-too-many", Kind.TOO_MANY, minutes=minutes)
