"""A stranded appointment moved by the doctors' house, which is told when and who, not whose it is.

The right is that of `scheduling.queries.get_to_arrange`; the page names the appointment by its code.
"""

from datetime import datetime
from uuid import UUID

from fastapi import Request, Response

from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.agreed.pages import MovePage
from web.booking.forms import read_slot, slot_value
from web.booking.showing import said_day
from web.formatting import time_text
from web.i18n import t
from web.render import redirect, render
from web.visits.words import signature_name

STRANDED = "/hours/stranded"
REFUSALS = (
    "slot-taken",
    "limit-reached",
    "outside-availability",
    "moved-too-often",
    "too-late-to-move",
    "stale-version",
)
"""What the list explains when a time was not taken."""


def is_elsewhere(actor: MembershipActor, appointment: Appointment) -> bool:
    """Tell whether a coordinator arranges it for the doctors' house, not for the station it is of."""
    return can(actor, "appointment.override") and actor.facility_id != appointment.station_facility_id


def house_page(
    request: Request, actor: MembershipActor, unit: Unit, appointment: Appointment, to: str
) -> Response:
    """Show the chosen time beside the old one; the list of the stranded is where others are chosen."""
    slot = read_slot(to)
    is_allowed = MACHINE.allows(AppointmentState(appointment.status), AppointmentCommand.RESCHEDULE)
    if slot is None or not is_allowed:
        return redirect(STRANDED)
    seen = service.read_request(unit.session, actor, appointment.id, now=unit.now)
    return render(request, _page(unit, seen, *slot))


def _page(unit: Unit, appointment: Appointment, starts_at: datetime, doctor: UUID) -> MovePage:
    session, zone = unit.session, policy_of(unit.session).zone
    cards = describe(session, {doctor, appointment.doctor_membership_id})
    station = names_of(session, {appointment.station_facility_id}).get(appointment.station_facility_id, "")

    def line(at: datetime, who: UUID) -> tuple[str, str, str]:
        return time_text(at, zone), said_day(at, unit), signature_name(cards.get(who))

    return MovePage(
        back=STRANDED,
        back_label=t("hours.stranded_title"),
        other=STRANDED,
        action=f"/appointments/{appointment.id}/reschedule",
        name=f"{station} · {appointment.code}",
        old=line(appointment.starts_at, appointment.doctor_membership_id),
        new=line(starts_at, doctor),
        note=t(
            "moves.told_elsewhere" if appointment.status != AppointmentState.REQUESTED else "moves.not_told"
        ),
        slot=slot_value(starts_at, doctor),
        version=appointment.version,
    )
