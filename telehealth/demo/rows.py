"""From rows of the demo's files to what the services take."""

from datetime import date
from typing import Any
from uuid import UUID

from telehealth.kit.ids import new_id
from telehealth.patients.rules import NoIdReason, Relation, Sex, parse_birth
from telehealth.patients.service.details import ContactDetails, GuardianDetails, PatientDetails, Registration
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service.members import Post


def post(row: dict[str, Any], facility_id: UUID) -> Post:
    """Return what a person of the file does at a facility."""
    return Post(
        facility_id=facility_id,
        role=Role(row["role"]),
        qualification=Qualification(row["qualification"]),
        title=row["title"],
        licence_number=row.get("licence"),
        specialty_codes=tuple(row.get("specialties", ())),
        language_codes=tuple(row.get("languages", ())),
    )


def registration(row: dict[str, Any], *, today: date) -> Registration:
    """Return a patient of the file as a station registers them."""
    details = PatientDetails(
        full_name=row["name"],
        birth=parse_birth(row["birth"], today=today),
        sex=Sex(row["sex"]),
        ethnic_code=row.get("ethnic"),
        language=row.get("language", "vi"),
        needs_interpreter=row.get("interpreter", False),
        address=row["address"],
        no_id_reason=NoIdReason.NOT_AT_HAND,
    )
    return Registration(
        id=new_id(),
        details=details,
        contacts=tuple(_contacts(row)),
        guardian=_guardian(row),
        is_someone_else=True,
    )


def _contacts(row: dict[str, Any]) -> list[ContactDetails]:
    if "phone" not in row:
        return []
    relation = Relation(row["relation"])
    return [ContactDetails(phone=row["phone"], relation=relation, name=row.get("contact", row["name"]))]


def _guardian(row: dict[str, Any]) -> GuardianDetails | None:
    if "guardian" not in row:
        return None
    return GuardianDetails(name=row["guardian"], relation=Relation(row["relation"]))
