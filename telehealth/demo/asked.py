"""Questions after the visit that is over. An invented practitioner of the demo stands for the drafts here."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from telehealth.checks import queries
from telehealth.checks import service as checks
from telehealth.demo.treated import PATIENT, PLACE
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits.models import Visit


def ask(session: Session, members: dict[str, list[MembershipActor]], *, now: datetime) -> int:
    """Approve the questionnaires and ask about the fever today and in three days; return how many rounds."""
    practitioner = next(each for each in members[PLACE] if each.role is Role.STATION_PRACTITIONER)
    for row in queries.list_questionnaires(session):
        checks.approve_version(session, practitioner, row.code, row.version, now=now)
    patient = session.exec(select(Patient).where(Patient.full_name == PATIENT)).one()
    visit = session.exec(select(Visit).where(Visit.patient_id == patient.id)).one()
    today = policy_of(session).local_date(now)
    wanted = checks.Wanted(questionnaire="fever", days=(today, today + timedelta(days=3)))
    checks.set_checks(session, practitioner, visit.id, wanted, now=now)
    return len(wanted.days)
