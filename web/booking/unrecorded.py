"""What a list of times says where the station has recorded no hours: nothing bounds them but the doctor's."""

from collections.abc import Sequence
from uuid import UUID

from telehealth.availability.queries import load_opening
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.finding import Day
from web.booking.offers import free_of
from web.i18n import t


def unrecorded_text(unit: Unit, station_id: UUID, days: Sequence[Day]) -> str:
    """Return what to mind where times at night are listed and no opening hours of the station say no.

    Asked only where such times are listed: by day it makes no difference.
    """
    policy = policy_of(unit.session)
    nights = {
        policy.local_date(slot.starts_at)
        for day in days
        for slot in free_of(day)
        if not policy.is_by_day(slot.starts_at, slot.ends_at)
    }
    if not nights:
        return ""
    weekly = load_opening(unit.session, [station_id]).get(station_id, [])
    is_recorded = all(any(hours.is_in_force(night) for hours in weekly) for night in nights)
    return "" if is_recorded else t("booking.slots.unrecorded")
