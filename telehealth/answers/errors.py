"""Refusals of requests for a later answer."""

from uuid import UUID

from telehealth.kit.errors import ConflictError, NotFoundError


class AnswerNotFoundError(NotFoundError):
    """No such request, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("answer-not-found")


class NobodyToAskError(ConflictError):
    """No pool of doctors answers for this station."""

    def __init__(self) -> None:
        super().__init__("no-answer-pool")


class AlreadySentError(ConflictError):
    """The visit has a request that still wants an answer."""

    def __init__(self, request_id: UUID) -> None:
        super().__init__("answer-already-sent", request_id=str(request_id))
        self.request_id = request_id


class TakenError(ConflictError):
    """Another doctor has it, or it wants no answer any more."""

    def __init__(self) -> None:
        super().__init__("answer-taken")
