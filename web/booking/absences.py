"""What the journal of a call says to whoever notes that somebody did not come."""

from telehealth.calls.journals import suggest
from telehealth.calls.queries import list_entries
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.lines.queries import list_latest
from telehealth.lines.rules import Mode
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from web.formatting import time_text
from web.i18n import t


def absence_hint(unit: Unit, appointment: Appointment) -> str:
    """Return whose absence it looks like and why, in words; nothing where the journal cannot tell.

    A suggestion only: whoever notes the absence was there, the journal was not.
    """
    policy = policy_of(unit.session)
    checks = list_latest(unit.session, appointment.station_facility_id, limit=1)
    today = policy.local_date(appointment.starts_at)
    is_weak = any(
        each.mode in (Mode.PHONE, Mode.PHOTOS)
        and each.finished_at is not None
        and policy.local_date(each.finished_at) == today
        for each in checks
    )
    entries = list_entries(unit.session, appointment.id)
    place = PatientPlace(appointment.patient_place)
    found = suggest(entries, place=place, is_line_weak=is_weak, starts_at=appointment.starts_at, now=unit.now)
    if found is None:
        return ""
    who = t(f"calls.words.role_{found.role}") if found.role else ""
    at = time_text(found.at, policy.zone) if found.at else ""
    reason = t(f"calls.why.{found.why}", who=who, time=at)
    return t("calls.why.suggestion", party=t(f"booking.parties.{found.party}"), reason=reason)
