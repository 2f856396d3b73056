"""Refusals: what the domain says no with, and what an edge makes of it."""

from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final


class Kind(StrEnum):
    """Why something was refused; decides how an edge answers."""

    NOT_SIGNED_IN = "not-signed-in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    BAD_REQUEST = "bad-request"
    INVALID = "invalid"
    CONFLICT = "conflict"
    STALE = "stale"
    PRECONDITION_REQUIRED = "precondition-required"
    GONE = "gone"
    TOO_MANY = "too-many"
    UNAVAILABLE = "unavailable"


HTTP_STATUS: Final = MappingProxyType(
    {
        Kind.NOT_SIGNED_IN: 401,
        Kind.FORBIDDEN: 403,
        Kind.NOT_FOUND: 404,
        Kind.BAD_REQUEST: 400,
        Kind.INVALID: 422,
        Kind.CONFLICT: 409,
        Kind.STALE: 412,
        Kind.PRECONDITION_REQUIRED: 428,
        Kind.GONE: 410,
        Kind.TOO_MANY: 429,
        Kind.UNAVAILABLE: 503,
    }
)


class DomainError(Exception):
    """A refusal with a stable code; its words live in the locale catalogues under `errors`.

    `facts` are values the words need (a time, a count). They may reach a browser or a log:
    never put health data or names in them.
    """

    leaves_trace: ClassVar[bool] = False
    """Whether what the unit of work wrote is kept although it was refused: the refusal itself tells
    something of a patient, so it goes on record. Raised before anything else is written."""

    def __init__(self, code: str, kind: Kind, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.kind = kind
        self.facts = facts
        self.shown: dict[str, object] = {}
        """What only the answer may say, because it may be health data: never for words, never for a log."""

    @property
    def status(self) -> int:
        """The HTTP status an edge answers with."""
        return HTTP_STATUS[self.kind]


class NotFoundError(DomainError):
    """Does not exist, or is out of the actor's scope: the two must look alike."""

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, Kind.NOT_FOUND, **facts)


class InvalidError(DomainError):
    """The input breaks a rule; `field` names the input it belongs to, where there is one."""

    def __init__(self, code: str, /, field: str | None = None, **facts: object) -> None:
        super().__init__(code, Kind.INVALID, **facts)
        self.field = field


class ConflictError(DomainError):
    """The state of things does not allow it, now."""

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, Kind.CONFLICT, **facts)


class StaleError(DomainError):
    """Somebody else changed it since it was read."""

    def __init__(self, code: str = "stale-version", /, **facts: object) -> None:
        super().__init__(code, Kind.STALE, **facts)


class ClashError(StaleError):
    """Two people wrote the same thing: the answer carries both, `yours` and `theirs`, so neither is lost."""

    def __init__(self, code: str = "stale-version", /, *, yours: object, theirs: object) -> None:
        super().__init__(code)
        self.shown = {"yours": yours, "theirs": theirs}


class ForbiddenError(DomainError):
    """The actor may see the thing but may not do this with it."""

    def __init__(self, code: str = "not-allowed", /, **facts: object) -> None:
        super().__init__(code, Kind.FORBIDDEN, **facts)


class NotSignedInError(DomainError):
    """Nobody is signed in, or the sign-in has ended."""

    def __init__(self, code: str = "not-signed-in", /, **facts: object) -> None:
        super().__init__(code, Kind.NOT_SIGNED_IN, **facts)
