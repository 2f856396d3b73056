"""Links and texts of a round, and how the slices below find what such a link leads to."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.availability.rules import instant_at
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.rules import ASK_MINUTE, REMIND_AFTER, REMINDER
from telehealth.checks.states import OPEN, is_awaited
from telehealth.facilities.queries import get_facility
from telehealth.followup.queries import LinkSubject
from telehealth.followup.rules import Subject
from telehealth.kit.phones import dialled
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import end_of_day
from telehealth.links.models import PatientLink
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import Wanted, queue_message
from telehealth.patients.models import Patient


def issue(session: Session, series: CheckSeries, row: CheckRound, *, now: datetime) -> PatientLink:
    """Issue the link of a round: it lives until a week after the last day of its series."""
    ends_at = max(end_of_day(series.ends_on, policy_of(session).zone), now)
    return issue_link(
        session,
        purpose="questionnaire",
        patient_id=row.patient_id,
        facility_id=row.station_facility_id,
        subject_id=row.id,
        expires_at=expires_at("questionnaire", ends_at),
        now=now,
    )


def tell_round(
    session: Session,
    row: CheckRound,
    link: PatientLink,
    *,
    now: datetime,
    is_reminder: bool = False,
    asked_id: UUID | None = None,
) -> OutboxMessage:
    """Queue the text that asks, or reminds: one for each round, version, link and kind."""
    version = row.questionnaire_version or 0
    kind = "remind" if is_reminder else f"link:{link.id}" + (f":again:{asked_id}" if asked_id else "")
    station = get_facility(session, row.station_facility_id)
    return queue_message(
        session,
        Wanted(
            template=REMINDER if is_reminder else "check_due",
            params={"facility": station.sms_name, "phone": dialled(station.phone)},
            facility_id=row.station_facility_id,
            patient_id=row.patient_id,
            dedupe_key=f"check:{row.id}:v{version}:{kind}",
            subject_kind=Subject.CHECK,
            subject_id=row.id,
            subject_version=version,
            link_id=link.id,
            due_at=now,
            not_after_at=now + REMIND_AFTER,
        ),
        now=now,
    )


class RoundAbove:
    """Answers for rounds where followup asks what a link leads to."""

    kind = Subject.CHECK

    def find(self, session: Session, subject_id: UUID, patient: Patient, now: datetime) -> LinkSubject | None:
        """Find the round a link leads to."""
        row = session.get(CheckRound, subject_id)
        if row is None:
            return None
        station = get_facility(session, row.station_facility_id)
        starts_at = instant_at(row.due_on, ASK_MINUTE, policy_of(session).zone)
        return LinkSubject(
            kind=Subject.CHECK,
            patient_name=patient.full_name,
            station=station,
            place=station,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=12),
            is_over=row.state not in OPEN and now >= starts_at,
            reply=None,
        )

    def station_of(self, session: Session, subject_id: UUID) -> UUID:
        """Return the station that asks."""
        return session.get_one(CheckRound, subject_id).station_facility_id

    def due_of(self, session: Session, subject_id: UUID) -> datetime:
        """Return when the answers should be there."""
        row = session.get_one(CheckRound, subject_id)
        return end_of_day(row.due_on, policy_of(session).zone)

    def is_live(self, session: Session, subject_id: UUID) -> bool:
        """Tell whether an answer is waited for, also while somebody phones about the silence."""
        row = session.get_one(CheckRound, subject_id)
        return is_awaited(row.state, row.level)

    def tell(
        self,
        session: Session,
        subject_id: UUID,
        link: PatientLink,
        *,
        now: datetime,
        asked_id: UUID | None = None,
    ) -> OutboxMessage:
        """Queue the text with a new link, or the same once more."""
        row = session.get_one(CheckRound, subject_id)
        return tell_round(session, row, link, now=now, asked_id=asked_id)
