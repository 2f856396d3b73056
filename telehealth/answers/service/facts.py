"""The facts the events carry, read off a request."""

from typing import Any

from telehealth.answers.models import AnswerRequest


def facts_of(request: AnswerRequest) -> dict[str, Any]:
    """Return the fields of an `AnswerFact`."""
    return {
        "request_id": request.id,
        "patient_id": request.patient_id,
        "visit_id": request.visit_id,
        "station_facility_id": request.station_facility_id,
        "answer_by": request.answer_by,
    }
