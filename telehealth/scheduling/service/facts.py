"""The facts scheduling's events carry, read off an appointment."""

from typing import Any

from telehealth.scheduling.models import Appointment


def facts_of(appointment: Appointment) -> dict[str, Any]:
    """Return the fields of an `AppointmentFact`."""
    return {
        "appointment_id": appointment.id,
        "version": appointment.version,
        "patient_id": appointment.patient_id,
        "visit_id": appointment.visit_id,
        "station_facility_id": appointment.station_facility_id,
        "doctor_membership_id": appointment.doctor_membership_id,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
    }
