"""What can be done with patients: register, meet, merge, change, reach, open in an emergency, re-seal."""

from telehealth.patients.service.changing import change
from telehealth.patients.service.details import (
    ContactDetails,
    GuardianDetails,
    PatientDetails,
    Registration,
)
from telehealth.patients.service.glass import break_glass, look_out, read_reviews, review
from telehealth.patients.service.meeting import look_elsewhere, meet
from telehealth.patients.service.merging import merge, tell_apart, undo_merge
from telehealth.patients.service.reaching import (
    MessageContact,
    allow_messages,
    lapse_contacts,
    message_contact,
    message_contacts,
)
from telehealth.patients.service.reading import read_patient, search_patients
from telehealth.patients.service.registering import register
from telehealth.patients.service.resealing import reseal
from telehealth.patients.service.silencing import (
    Numbers,
    confirm_numbers,
    has_died,
    has_wrong_number,
    note_death,
    note_wrong_number,
    numbers_of,
    take_back_death,
)

__all__ = [
    "ContactDetails",
    "GuardianDetails",
    "MessageContact",
    "Numbers",
    "PatientDetails",
    "Registration",
    "allow_messages",
    "break_glass",
    "change",
    "confirm_numbers",
    "has_died",
    "has_wrong_number",
    "lapse_contacts",
    "look_elsewhere",
    "look_out",
    "meet",
    "merge",
    "message_contact",
    "message_contacts",
    "note_death",
    "note_wrong_number",
    "numbers_of",
    "read_patient",
    "read_reviews",
    "register",
    "reseal",
    "review",
    "search_patients",
    "take_back_death",
    "tell_apart",
    "undo_merge",
]
