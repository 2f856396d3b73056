"""What happened to requests for a later answer; heard in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFact:
    """The facts each of these events carries."""

    request_id: UUID
    patient_id: UUID
    visit_id: UUID
    station_facility_id: UUID
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StationAsked(AnswerFact):
    """The doctor asked the station back: somebody there has to say something by then."""

    reply_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReminded(StationAsked):
    """Half of the time is over and the station has said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOverdue(StationAsked):
    """The station did not say it in time: whoever leads there has to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOverdue(AnswerFact):
    """The agreed time went by without an answer: the station has to know and choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven(AnswerFact):
    """The doctor answered: the station has to read it and act on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSettled(AnswerFact):
    """The station said it, or nobody asks any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettled(AnswerFact):
    """The request is over: what was open about it is not any more."""
