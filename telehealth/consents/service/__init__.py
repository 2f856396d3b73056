"""Use-cases of consents: recording, proving by a signed paper, withdrawing; loading their texts."""

from telehealth.consents.queries import has_consent
from telehealth.consents.service.prove import add_proof, consents_to_prove, open_proof
from telehealth.consents.service.record import (
    Consents,
    load_texts,
    meet_with_consents,
    on_patient_changed,
    on_patients_merged,
    record_consent,
    register_with_consents,
    withdraw,
)

__all__ = [
    "Consents",
    "add_proof",
    "consents_to_prove",
    "has_consent",
    "load_texts",
    "meet_with_consents",
    "on_patient_changed",
    "on_patients_merged",
    "open_proof",
    "record_consent",
    "register_with_consents",
    "withdraw",
]
