"""Refusals of urgent requests."""

from typing import Final
from uuid import UUID

from telehealth.kit.errors import ConflictError, NotFoundError

VISIT_OVER: Final = "visit-closed"


class RequestNotFoundError(NotFoundError):
    """No such urgent request, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("urgent-not-found")


class NoPoolError(ConflictError):
    """No pool of doctors answers for this station: somebody has to be phoned."""

    def __init__(self) -> None:
        super().__init__("no-urgent-pool")


class AlreadyOpenError(ConflictError):
    """The patient has an urgent request that still wants somebody."""

    def __init__(self, request_id: UUID) -> None:
        super().__init__("urgent-already-open", request_id=str(request_id))
        self.request_id = request_id


class OpenElsewhereError(ConflictError):
    """Another station's request for the patient rings, or a doctor has it; which one is not told."""

    def __init__(self) -> None:
        super().__init__("urgent-open-elsewhere")


class VisitOverError(ConflictError):
    """The visit is signed or withdrawn: no doctor could accept a request of it."""

    def __init__(self) -> None:
        super().__init__(VISIT_OVER)


class TakenError(ConflictError):
    """Another doctor was faster, or the request no longer rings."""

    def __init__(self) -> None:
        super().__init__("urgent-taken")


class LeaseLostError(ConflictError):
    """The lease ran out or the request went to another doctor: this one can change nothing any more."""

    def __init__(self) -> None:
        super().__init__("lease-lost")
