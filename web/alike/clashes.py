"""Appointments of one person that clash, in words."""

from collections.abc import Collection
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import list_clashes
from telehealth.scheduling.service import note_list
from telehealth.staff.actors import MembershipActor
from web.alike.lines import ClashLine
from web.formatting import datetime_text


def clash_lines(unit: Unit, actor: MembershipActor, patient_ids: Collection[UUID]) -> tuple[ClashLine, ...]:
    """Return which appointments clash if these records are of one person; the look is on record.

    When and where is told of both, as the timeline does; only what the actor's own facility booked, or the
    actor is the doctor of, has an address.
    """
    if not can(actor, "appointment.read"):
        return ()
    pairs = list_clashes(unit.session, actor, patient_ids, now=unit.now)
    rows = {row.id: row for pair in pairs for row in pair}
    note_list(unit.session, actor, "appointment.read", list(rows.values()), now=unit.now)
    places = names_of(unit.session, {row.station_facility_id for row in rows.values()}) if rows else {}
    zone = policy_of(unit.session).zone
    texts = {row.id: _text(row, places, zone) for row in rows.values()}
    return tuple(
        ClashLine(texts[one.id], texts[other.id], _href(actor, one), _href(actor, other))
        for one, other in pairs
    )


def _text(row: Appointment, places: dict[UUID, str], zone: ZoneInfo) -> str:
    return f"{datetime_text(row.starts_at, zone)}, {places[row.station_facility_id]}"


def _href(actor: MembershipActor, row: Appointment) -> str:
    is_own = row.station_facility_id == actor.here or row.doctor_membership_id == actor.ref
    return f"/appointments/{row.id}" if is_own else ""
