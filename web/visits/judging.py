"""Whose measured values a page judges: one rule for forms, records, queues and alarms."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from telehealth.background.service import is_pregnant
from telehealth.patients.queries import PatientCard
from telehealth.visits.ranges import AgeSpan, age_span


@dataclass(frozen=True)
class Judging:
    """Whose values they are: the age they are judged by, and whether a pregnancy changes the ranges."""

    age: AgeSpan | None
    is_pregnant: bool = False


def judging_of(session: Session, card: PatientCard, on: date) -> Judging:
    """Return what the values of a patient fetched in scope are judged by on a day."""
    return judging_known(card, on, is_pregnant=is_pregnant(session, card.id, on=on))


def judging_known(card: PatientCard, on: date, *, is_pregnant: bool) -> Judging:
    """Return the same where pregnancies were looked up for many patients together."""
    return Judging(age_span(card.birth, on), is_pregnant)
