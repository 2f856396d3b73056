"""What everybody in scope may know of a prescription before it is signed."""

from telehealth.kit.db import Unit
from telehealth.prescriptions import queries
from telehealth.visits.models import Visit
from web.i18n import t


def draft_note(unit: Unit, visit: Visit) -> str:
    """Return that a prescription is being written, and nothing of it; empty where none is."""
    return t("prescriptions.being_written") if queries.is_being_written(unit.session, visit) else ""
