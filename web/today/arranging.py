"""What whoever coordinates a station finds on its day: lost hours, and visits that have no time yet."""

from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.glasses import count_waiting
from telehealth.patients.queries import find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service import count_stranded as count_by_doctor
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import list_without_time
from web.formatting import datetime_text
from web.i18n import t
from web.today.pages import Untimed


def count_stranded(unit: Unit, actor: MembershipActor) -> int:
    """Return how many agreed appointments the reader is to find another time for."""
    if not can(actor, "availability.read"):
        return 0
    return count_by_doctor(unit.session, actor, now=unit.now).total()


def is_stranded(appointment: Appointment) -> bool:
    """Tell whether the hours no longer hold what is still to come."""
    return appointment.support == Support.UNSUPPORTED and AppointmentState(appointment.status) in LIVE


def untimed(unit: Unit, actor: MembershipActor, *, is_noted: bool) -> tuple[Untimed, ...]:
    """Return the visits without a time for whoever may book past the rules; on record if asked."""
    if not can(actor, "appointment.override"):
        return ()
    session, zone = unit.session, policy_of(unit.session).zone
    visits = list_without_time(session, actor, now=unit.now)
    cards = find_cards(session, actor, {visit.patient_id for visit in visits}, now=unit.now)
    if visits and is_noted:
        ids = [str(visit.id) for visit in visits]
        record(session, actor, "day.see", subject_kind="visit", facts={"ids": ids}, now=unit.now)
    return tuple(
        Untimed(
            name=cards[visit.patient_id].full_name if visit.patient_id in cards else t("today.unknown"),
            since=t("today.untimed_since", time=datetime_text(visit.occurred_at, zone)),
            slots=f"/visits/{visit.id}/slots",
            override=f"/visits/{visit.id}/override",
        )
        for visit in visits
    )


def waiting_text(unit: Unit, actor: MembershipActor) -> str:
    """Return how many records opened in an emergency wait for who coordinates, in words; empty for none."""
    count = count_waiting(unit.session, actor) if can(actor, "glass.review") else 0
    return t("glass.waiting_count", count=count) if count else ""
