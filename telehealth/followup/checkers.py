"""Who tells whether a queued text about an appointment, a next visit, a code or a visit still holds."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from telehealth.followup.expecting import last_moment
from telehealth.followup.models import Plan
from telehealth.followup.queries import agreed_versions
from telehealth.followup.rules import Subject
from telehealth.followup.states import LIVE_PLANS, TELLABLE
from telehealth.leaflets import queries as leaflets
from telehealth.links.queries import is_code_waiting
from telehealth.messaging.ports import Checkers, Claimed, one_by_one
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState


def appointments_still_true(session: Session, claims: Collection[Claimed], now: datetime) -> set[Claimed]:
    """Tell which texts about appointments hold: agreed at that version, or called off; not past."""
    ids = {each.subject_id for each in claims}
    query = select(Appointment).where(col(Appointment.id).in_(ids))
    found = {each.id: each for each in session.exec(query)}
    agreed = agreed_versions(session, ids)
    return {
        each
        for each in claims
        if (row := found.get(each.subject_id)) and _holds(row, agreed.get(row.id, row.version), each, now)
    }


def _holds(appointment: Appointment, agreed: int, claimed: Claimed, now: datetime) -> bool:
    # A call that runs late is not past: who is missing in it is waited for until the text says itself.
    if now >= appointment.ends_at and appointment.status != AppointmentState.IN_PROGRESS:
        return False
    if claimed.template == "appointment_cancelled":
        return appointment.status == AppointmentState.CANCELLED
    # Checking in or starting raises the version without making the told time untrue.
    return appointment.status in TELLABLE and agreed == claimed.subject_version


def plan_still_true(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Tell whether a text about a plan holds: live, at that version, and its last day not past."""
    plan = session.get(Plan, claimed.subject_id)
    if plan is None or now >= last_moment(session, plan):
        return False
    return plan.state in LIVE_PLANS and plan.version == claimed.subject_version


def code_still_true(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Tell whether somebody still waits for a code."""
    return is_code_waiting(session, claimed.subject_id, now=now)


CHECKERS: Final[Checkers] = {
    Subject.APPOINTMENT: appointments_still_true,
    Subject.PLAN: one_by_one(plan_still_true),
    Subject.LINK_CODE: one_by_one(code_still_true),
    Subject.VISIT: one_by_one(leaflets.still_true),
}
"""By the kind of their subject."""
