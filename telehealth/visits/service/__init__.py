"""Use-cases of visits: opening, writing, signing, reading."""

from telehealth.visits.service.open import (
    VisitRequest,
    on_appointment_booked,
    on_appointment_cancelled,
    on_appointment_held,
    on_appointment_moved,
    open_visit,
    withdraw,
)
from telehealth.visits.service.read import read_list, read_visit
from telehealth.visits.service.reference import load_reference
from telehealth.visits.service.sign import amend, missing_parts, sign
from telehealth.visits.service.write import (
    as_diagnosis,
    measure,
    plan_follow_up,
    set_diagnoses,
    write_section,
)

__all__ = [
    "VisitRequest",
    "amend",
    "as_diagnosis",
    "load_reference",
    "measure",
    "missing_parts",
    "on_appointment_booked",
    "on_appointment_cancelled",
    "on_appointment_held",
    "on_appointment_moved",
    "open_visit",
    "plan_follow_up",
    "read_list",
    "read_visit",
    "set_diagnoses",
    "sign",
    "withdraw",
    "write_section",
]
