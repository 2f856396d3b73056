"""What several pages of a visit need: its appointment, and words."""

from collections.abc import Mapping, Sequence
from typing import Any

from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_appointment
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard
from telehealth.visits.models import Condition, Visit
from web.i18n import t


def appointment_of(unit: Unit, actor: MembershipActor, visit: Visit) -> Appointment | None:
    """Return the appointment of a visit, if the actor has a part in it and not only in the patient."""
    if visit.appointment_id is None:
        return None
    try:
        return get_appointment(unit.session, actor, visit.appointment_id, now=unit.now)
    except NotFoundError:
        return None


def signature_name(card: MemberCard | None) -> str:
    """Return a colleague with the title before the name, or that there is none yet."""
    return f"{card.title} {card.name}".strip() if card else t("visits.no_doctor")


def diagnosis_text(conditions: Sequence[Condition]) -> str:
    """Return the diagnoses on one line: I10 Tăng huyết áp; theo dõi suy tim."""
    return "; ".join(" ".join(part for part in (row.code, row.text) if part) for row in conditions)


def place_text(facility: Mapping[str, Any]) -> str:
    """Return a signed facility with its code, care level and tier as they were.

    Referrals of earlier records hold the name and code alone of where the patient was sent.
    """
    if "level" not in facility:
        return str(facility["name"])
    key = "visits.record.station_line" if facility["code"] else "visits.record.station_line_uncoded"
    return t(
        key,
        name=facility["name"],
        code=facility["code"],
        level=facility["level"]["name"],
        tier=facility["tier"]["name"],
    )


def kind_text(visit: Visit) -> str:
    """Return what kind of consultation a visit is."""
    return t(f"visits.kinds.{visit.consult_kind}")


def modality_text(forms: Sequence[str]) -> str:
    """Return the forms a visit went through, in order."""
    return " → ".join(t(f"visits.modality.{form}") for form in forms)
