"""Refusals of booking."""

from collections.abc import Sequence

from telehealth.kit.errors import ConflictError, DomainError, InvalidError, Kind, NotFoundError
from telehealth.scheduling.rules import Slot


class SlotTakenError(ConflictError):
    """Somebody else has the slot; nothing was changed. Carries the next slots that are free."""

    def __init__(self, alternatives: Sequence[Slot] = ()) -> None:
        super().__init__("slot-taken", alternatives=[slot.as_fact() for slot in alternatives])
        self.alternatives = tuple(alternatives)


class LimitReachedError(ConflictError):
    """The doctor takes no more appointments on that day or in that week. Carries the next free slots."""

    def __init__(self, alternatives: Sequence[Slot] = ()) -> None:
        super().__init__("limit-reached", alternatives=[slot.as_fact() for slot in alternatives])
        self.alternatives = tuple(alternatives)


class OutsideAvailabilityError(InvalidError):
    """The time is not one the doctor and the station offer."""

    def __init__(self) -> None:
        super().__init__("outside-availability", field="starts_at")


class HoldExpiredError(DomainError):
    """The hold ran out before it was confirmed."""

    def __init__(self) -> None:
        super().__init__("hold-expired", Kind.CONFLICT)


class TooManyHoldsError(DomainError):
    """One person may not keep slots from others without booking them."""

    def __init__(self, limit: int) -> None:
        super().__init__("too-many-holds", Kind.TOO_MANY, limit=limit)


class VisitHasAppointmentError(ConflictError):
    """The visit is booked already: cancel that appointment first."""

    def __init__(self) -> None:
        super().__init__("visit-has-appointment")


class AppointmentNotFoundError(NotFoundError):
    """No such appointment, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("appointment-not-found")
