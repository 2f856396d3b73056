"""Roles, qualifications and what follows from them."""

from enum import StrEnum


class Role(StrEnum):
    """What a membership does at its facility."""

    STATION_NURSE = "station_nurse"
    STATION_PRACTITIONER = "station_practitioner"
    DOCTOR = "doctor"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    ADMIN = "admin"


class Qualification(StrEnum):
    """What a person was trained as; the licence follows it (Law 15/2023/QH15, art. 26)."""

    DOCTOR = "doctor"
    ASSISTANT_PHYSICIAN = "assistant_physician"
    NURSE = "nurse"
    MIDWIFE = "midwife"
    PHARMACIST = "pharmacist"
    OTHER = "other"


DIAGNOSING = frozenset({Qualification.DOCTOR, Qualification.ASSISTANT_PHYSICIAN})
"""Who may diagnose, prescribe and sign, with a licence. A nurse or midwife never does."""


def may_treat(qualification: Qualification, licence_number: str | None) -> bool:
    """Tell whether a membership may diagnose, prescribe and sign at all."""
    return qualification in DIAGNOSING and bool(licence_number)
