"""The station's line on its day: when the page checks by itself, and what the last check advised."""

from collections.abc import Sequence

from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.lines.queries import list_latest
from telehealth.lines.rules import FRESH, Mode, due_in
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from web.formatting import time_text
from web.i18n import t
from web.today.pages import StationLine

_AHEAD = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN})


def station_line(unit: Unit, actor: MembershipActor, rows: Sequence[Appointment]) -> StationLine:
    """Return in how many seconds this page checks the line, if it does, and a word where it is weak."""
    now, zone = unit.now, policy_of(unit.session).zone
    last = next(iter(list_latest(unit.session, actor.here, limit=1)), None)
    last_at = last.finished_at if last else None
    ahead = [row.starts_at for row in rows if row.status in _AHEAD and row.starts_at > now]
    wait = due_in(min(ahead), actor.here, last_at, now=now) if ahead else None
    text = ""
    if last and last_at and now - last_at <= FRESH and last.mode not in (Mode.VIDEO, Mode.LOW_VIDEO):
        text = t("lines.notice", time=time_text(last_at, zone), mode=t(f"lines.modes.{last.mode}"))
    return StationLine(seconds="" if wait is None else str(int(wait.total_seconds())), text=text)
