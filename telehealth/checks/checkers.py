"""Who tells whether a queued text about a round of questions, or a missed visit, still holds."""

from datetime import datetime
from typing import Final

from sqlmodel import Session

from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.rules import ANSWER_WITHIN, REMINDER
from telehealth.checks.states import is_awaited
from telehealth.followup.rules import Subject
from telehealth.kit.policy import policy_of
from telehealth.messaging.ports import Checkers, Claimed, one_by_one
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState


def round_still_true(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Tell whether a text about a round holds: asked in that version, unanswered, not withdrawn.

    Once a person phones, the program reminds no more; the station may still send the link.
    """
    row = session.get(CheckRound, claimed.subject_id)
    if row is None or row.questionnaire_version != claimed.subject_version:
        return False
    if not is_awaited(row.state, row.level, is_reminder=claimed.template == REMINDER):
        return False
    series = session.get_one(CheckSeries, row.series_id)
    is_over = policy_of(session).local_date(now) > max(series.ends_on, row.due_on) + ANSWER_WITHIN
    return series.withdrawn_at is None and not is_over


def missed_still_true(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Tell whether it still stands that the patient did not come, and nobody took it back."""
    row = session.get(Appointment, claimed.subject_id)
    if row is None or now > row.ends_at + ANSWER_WITHIN:
        return False
    return row.status == AppointmentState.NO_SHOW and row.version == claimed.subject_version


CHECKERS: Final[Checkers] = {
    Subject.CHECK: one_by_one(round_still_true),
    Subject.MISSED_VISIT: one_by_one(missed_still_true),
}
"""By the kind of their subject."""
