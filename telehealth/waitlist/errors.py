"""Refusals of the wait list."""

from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError


class EntryNotFoundError(NotFoundError):
    """No such entry, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("waitlist-entry-not-found")


class AlreadyWaitingError(ConflictError):
    """One visit waits once."""

    def __init__(self) -> None:
        super().__init__("already-waiting")


class NotWantedError(InvalidError):
    """The time is none the entry waits for: another doctor, day or half, or no earlier than what it has."""

    def __init__(self) -> None:
        super().__init__("slot-not-wanted", field="starts_at")
