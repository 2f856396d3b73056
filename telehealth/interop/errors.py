"""Refusals of calendars."""

from telehealth.kit.errors import ConflictError, NotFoundError


class CalendarFeedNotFoundError(NotFoundError):
    """Unknown, revoked, somebody else's, or of a member who may not work any more: all the same."""

    def __init__(self) -> None:
        super().__init__("calendar-feed-not-found")


class TooManyCalendarFeedsError(ConflictError):
    """Addresses nobody can tell apart any more are not revoked when one leaks."""

    def __init__(self, limit: int) -> None:
        super().__init__("too-many-calendar-feeds", limit=limit)


class AppointmentNotAgreedError(ConflictError):
    """The time was only held, never agreed: there is nothing to put into a calendar."""

    def __init__(self) -> None:
        super().__init__("appointment-not-agreed")
