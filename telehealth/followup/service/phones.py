"""Whose phones a patient's links open on, looked at anew when something was heard of the numbers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import person_ids
from telehealth.links.service import end_own_phones, let_act_as_said
from telehealth.patients.service import numbers_of


def let_numbers_act(session: Session, patient_id: UUID, *, now: datetime) -> None:
    """Let links open for who is a contact now, and close for who is none any more or never was."""
    let_act_as_said(session, person_ids(session, patient_id), numbers_of(session, patient_id), now=now)


def doubt_phones(session: Session, patient_id: UUID, *, now: datetime) -> None:
    """The same; and no phone is the patient's own any more: that is asked anew, by a code."""
    for each in sorted(person_ids(session, patient_id)):
        end_own_phones(session, each, now=now)
    let_numbers_act(session, patient_id, now=now)
