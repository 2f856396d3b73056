"""Which calendar is whose, and how an appointment gets into one: words other pages use too."""

from collections.abc import Sequence

from telehealth.access.rules import can
from telehealth.interop.queries import owner_of
from telehealth.interop.rules import STANDINGS, OwnerKind, Standing
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.states import AGREED, AppointmentState
from telehealth.staff.actors import MembershipActor
from web.i18n import t


def title_of(actor: MembershipActor) -> str:
    """Return the key, under `calendars`, of the calendar the actor shares; empty where there is none."""
    if not can(actor, "calendar.manage"):
        return ""
    return "own" if owner_of(actor).kind is OwnerKind.MEMBERSHIP else "facility"


def file_link(appointment: Appointment, events: Sequence[AppointmentEvent]) -> tuple[str, str] | None:
    """Return address and words of an appointment's calendar file; None for one never agreed."""
    standing = STANDINGS.get(AppointmentState(appointment.status))
    if standing is None or not any(event.to_status in AGREED for event in events):
        return None
    words = "calendars.take_off" if standing is Standing.CANCELLED else "calendars.add"
    return f"/appointments/{appointment.id}/appointment.ics", t(words)
