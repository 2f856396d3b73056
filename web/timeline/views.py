"""From entries of a timeline to what is printed; a fixed number of statements, however long the page."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.timeline.rules import Entry, Kind, Slice
from telehealth.visits import queries as visits
from web.booking.showing import KINDS
from web.formatting import datetime_text
from web.i18n import t
from web.timeline.lines import TimelineLine
from web.visits.words import diagnosis_text, signature_name

_ICONS: Final = {
    Kind.VISIT: "stethoscope",
    Kind.APPOINTMENT: "calendar-event",
    Kind.URGENT: "bell-ringing",
    Kind.MESSAGE: "message",
}
_PLACES: Final = {Kind.VISIT: "/visits", Kind.APPOINTMENT: "/appointments", Kind.URGENT: "/urgent"}


def timeline_lines(unit: Unit, actor: MembershipActor, page: Slice) -> tuple[TimelineLine, ...]:
    """Return the lines of a page that was read in scope."""
    session, now = unit.session, unit.now
    of_visits = [entry.id for entry in page.entries if entry.kind is Kind.VISIT]
    conditions = visits.conditions_of_ids(session, actor, of_visits, now=now)
    reasons = visits.reasons(session, actor, of_visits, now=now)
    titles = {each: diagnosis_text(conditions.get(each, ())) or reasons.get(each, "") for each in of_visits}
    doctors = describe(session, {entry.doctor_id for entry in page.entries if entry.doctor_id})
    places = names_of(session, {entry.facility_id for entry in page.entries})
    zone = policy_of(session).zone
    return tuple(
        TimelineLine(
            icon=_ICONS[entry.kind],
            kind=t(f"timeline.kinds.{entry.kind}"),
            when=datetime_text(entry.at, zone),
            title=_title(entry, titles),
            note=", ".join(
                part
                for part in (
                    places.get(entry.facility_id, ""),
                    signature_name(doctors[entry.doctor_id]) if entry.doctor_id in doctors else "",
                )
                if part
            ),
            status=_status(entry),
            status_kind=_status_kind(entry),
            href=_href(actor, entry),
        )
        for entry in page.entries
    )


def _href(actor: MembershipActor, entry: Entry) -> str:
    """Return the page of an entry; appointments and urgent requests have one for who takes part in them."""
    takes_part = actor.here == entry.facility_id or actor.ref == entry.doctor_id
    if entry.kind is Kind.MESSAGE or (entry.kind is not Kind.VISIT and not takes_part):
        return ""
    return f"{_PLACES[entry.kind]}/{entry.id}"


def _title(entry: Entry, titles: Mapping[UUID, str]) -> str:
    if entry.kind is Kind.VISIT:
        return titles[entry.id] or t(f"visits.kinds.{entry.label}")
    if entry.kind is Kind.URGENT:
        return t(f"timeline.priorities.{entry.label}")
    return t(f"timeline.templates.{entry.label}") if entry.kind is Kind.MESSAGE else entry.label


def _status(entry: Entry) -> str:
    words = {
        Kind.VISIT: "visits.states",
        Kind.APPOINTMENT: "booking.status",
        Kind.URGENT: "timeline.urgent",
        Kind.MESSAGE: "messages.states",
    }
    return t(f"{words[entry.kind]}.{entry.state}")


def _status_kind(entry: Entry) -> str:
    if entry.kind is Kind.APPOINTMENT:
        return KINDS.get(AppointmentState(entry.state), "")
    return {"signed": "ok", "failed": "error"}.get(entry.state, "")
