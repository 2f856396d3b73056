"""The facts urgent's events carry, read off a request."""

from typing import Any

from telehealth.urgent.models import UrgentRequest


def facts_of(request: UrgentRequest) -> dict[str, Any]:
    """Return the fields of an `UrgentFact`."""
    return {
        "request_id": request.id,
        "patient_id": request.patient_id,
        "visit_id": request.visit_id,
        "station_facility_id": request.station_facility_id,
    }
