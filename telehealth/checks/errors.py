"""Refusals of check questions."""

from telehealth.kit.errors import NotFoundError


class SeriesNotFoundError(NotFoundError):
    """No such check questions, or out of scope."""

    def __init__(self) -> None:
        super().__init__("checks-not-found")


class RoundNotFoundError(NotFoundError):
    """No such round, or out of scope."""

    def __init__(self) -> None:
        super().__init__("check-round-not-found")


class AlarmNotFoundError(NotFoundError):
    """No such alarm, or it rings for others."""

    def __init__(self) -> None:
        super().__init__("check-alarm-not-found")


class PhotoNotFoundError(NotFoundError):
    """No such photo beside this round."""

    def __init__(self) -> None:
        super().__init__("check-photo-not-found")


class QuestionnaireNotFoundError(NotFoundError):
    """No such questionnaire or version."""

    def __init__(self) -> None:
        super().__init__("questionnaire-not-found")
