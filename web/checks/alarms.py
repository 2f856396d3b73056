"""Red answers that ring for whoever reads a staff page."""

from telehealth.access.rules import can
from telehealth.checks import queries
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.checks.parts import AlarmView
from web.formatting import time_text
from web.i18n import t


def alarm_views(unit: Unit, actor: MembershipActor) -> tuple[AlarmView, ...]:
    """Return what rings for who may take it: place and time, nothing of the patient before."""
    rows = queries.list_ringing(unit.session, actor) if can(actor, "check.take") else []
    places = names_of(unit.session, {row.station_facility_id for row in rows})
    zone = policy_of(unit.session).zone
    return tuple(
        AlarmView(
            id=f"alarm-{row.id}",
            title=t("checks.alarm.title", station=places[row.station_facility_id]),
            text=t("checks.alarm.text", time=time_text(row.raised_at, zone)),
            take_action=f"/checks/alarms/{row.id}/take",
        )
        for row in rows
    )
