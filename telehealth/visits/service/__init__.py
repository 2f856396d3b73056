"""Use-cases of visits: opening, writing, signing."""

from telehealth.visits.service.open import VisitRequest, on_appointment_booked, open_visit, withdraw
from telehealth.visits.service.sign import amend, sign
from telehealth.visits.service.write import measure, plan_follow_up, set_diagnoses, write_section

__all__ = [
    "VisitRequest",
    "amend",
    "measure",
    "on_appointment_booked",
    "open_visit",
    "plan_follow_up",
    "set_diagnoses",
    "sign",
    "withdraw",
    "write_section",
]
