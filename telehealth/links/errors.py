"""Refusals of patient links."""

from uuid import UUID

from telehealth.kit.errors import DomainError, Kind, NotFoundError


class LinkClosedError(NotFoundError):
    """Unknown, ended, revoked, or opened on another phone: all the same to whoever asks."""

    def __init__(self) -> None:
        super().__init__("link-closed")


class LinkNotConfirmedError(DomainError):
    """The link is open on this phone, but nobody has shown yet that it is the right person's."""

    def __init__(self, opening_id: UUID) -> None:
        super().__init__("link-not-confirmed", Kind.FORBIDDEN)
        self.opening_id = opening_id
