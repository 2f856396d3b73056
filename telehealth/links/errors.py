"""Refusals of patient links."""

from uuid import UUID

from telehealth.kit.errors import DomainError, Kind, NotFoundError
from telehealth.links.rules import Gate


class LinkClosedError(NotFoundError):
    """Unknown, ended, revoked, or opened on another phone: all the same to whoever asks."""

    def __init__(self) -> None:
        super().__init__("link-closed")


class LinkNotConfirmedError(DomainError):
    """The link is open on this phone, but a gate of what was asked for is not."""

    def __init__(self, opening_id: UUID, gate: Gate) -> None:
        code = "link-not-confirmed" if gate is Gate.BIRTH_YEAR else "link-code-needed"
        super().__init__(code, Kind.FORBIDDEN)
        self.opening_id = opening_id
        self.gate = gate
