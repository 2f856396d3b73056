"""Who saw a record, for the person it is about: from the audit trail, without names of staff.

Law 91/2025/QH15 gives the person the right to know of the processing of their data; it asks for no names of
workers, so facility and role are told, and the station answers further questions.
"""

from datetime import date
from typing import Final
from uuid import UUID

from telehealth.access.queries import person_ids
from telehealth.audit.models import AuditEntry
from telehealth.audit.queries import list_for_patient
from telehealth.facilities.queries import get_facility
from telehealth.followup.queries import LinkSubject
from telehealth.kit.actors import ActorKind
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.links.actors import LinkActor
from telehealth.staff.queries import MemberCard, describe
from web.formatting import date_text
from web.i18n import t
from web.links.gate_pages import SeenLine, SeenPage
from web.links.views import chrome_of, helped_text

ENTRIES: Final = 400
"""How many acts are looked at: months of them for nearly everybody."""

_WHY: Final = {
    "patient": "read",
    "visit": "read",
    "plan": "planned",
    "appointment": "booked",
    "file": "files",
    "call": "called",
    "consent": "consent",
    "glass": "emergency",
    "urgent": "urgent",
    "link": "told",
    "message": "told",
}
"""First word of an action -> the words for it; others are work on the record."""


def seen_page(unit: Unit, actor: LinkActor, subject: LinkSubject) -> SeenPage:
    """Return who saw the record, the latest first: one line for a day, a facility and a role."""
    entries = [
        entry
        for each in person_ids(unit.session, actor.patient_id)
        for entry in list_for_patient(unit.session, each, limit=ENTRIES)
    ]
    entries.sort(key=lambda entry: entry.recorded_at, reverse=True)
    return SeenPage(
        chrome=chrome_of(subject.station),
        helped=helped_text(actor, subject),
        lines=_lines(unit, entries),
        is_cut=len(entries) >= ENTRIES,
        back_href=f"/p/{actor.opening_id}",
        forget_action=f"/p/{actor.opening_id}/forget",
    )


def _lines(unit: Unit, entries: list[AuditEntry]) -> tuple[SeenLine, ...]:
    who = describe(
        unit.session, {each.actor_ref for each in entries if each.actor_kind == ActorKind.MEMBERSHIP}
    )
    zone = policy_of(unit.session).zone
    whys: dict[tuple[date, str, str], dict[str, None]] = {}
    for each in entries:
        place = _place(unit, each, who.get(each.actor_ref))
        if place is not None:
            key = (each.recorded_at.astimezone(zone).date(), *place)
            whys.setdefault(key, {})[_why(each.action)] = None
    return tuple(
        SeenLine(date_text(day), facility, role, tuple(why)) for (day, facility, role), why in whys.items()
    )


def _place(unit: Unit, entry: AuditEntry, card: MemberCard | None) -> tuple[str, str] | None:
    """Return facility and role of whoever acted; None for the patient and the program themselves."""
    if card is not None:
        return card.facility_name, t(f"roles.{card.role}")
    if entry.actor_kind == ActorKind.INTEGRATION and entry.facility_id is not None:
        return _facility_name(unit, entry.facility_id), t("links.seen.program")
    return None


def _facility_name(unit: Unit, facility_id: UUID) -> str:
    return get_facility(unit.session, facility_id).name


def _why(action: str) -> str:
    return t(f"links.seen.{_WHY.get(action.partition('.')[0], 'other')}")
