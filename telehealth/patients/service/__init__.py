"""What can be done with patients: register, meet, change, reach, and re-seal after a key rotation."""

from telehealth.patients.service.changing import change
from telehealth.patients.service.details import (
    ContactDetails,
    GuardianDetails,
    PatientDetails,
    Registration,
)
from telehealth.patients.service.meeting import meet
from telehealth.patients.service.reaching import MessageContact, allow_messages, message_contact
from telehealth.patients.service.reading import read_patient, search_patients
from telehealth.patients.service.registering import register
from telehealth.patients.service.resealing import reseal

__all__ = [
    "ContactDetails",
    "GuardianDetails",
    "MessageContact",
    "PatientDetails",
    "Registration",
    "allow_messages",
    "change",
    "meet",
    "message_contact",
    "read_patient",
    "register",
    "reseal",
    "search_patients",
]
