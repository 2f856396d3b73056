"""A call's visit after which questions can be asked, at whatever hour the test runs."""

from datetime import datetime

from sqlmodel import Session

from telehealth.availability.service import add_opening
from telehealth.checks import queries, service
from telehealth.visits import service as visits
from telehealth.visits.queries import content_version, get_visit
from telehealth.visits.rules import Certainty, Diagnosis, Section
from tests.support.calls import BookedCall
from tests.support.world import SINCE


def make_askable(session: Session, call: BookedCall, *, now: datetime) -> None:
    """Let the doctor sign and stand for the questions; the station is open day and night."""
    _sign(session, call, now)
    for weekday in range(7):
        add_opening(
            session, call.nurse.here, weekday=weekday, start_minute=0, end_minute=1440, valid_from=SINCE
        )
    if queries.find_approved(session, "blood_pressure") is None:
        service.approve_version(session, call.doctor, "blood_pressure", 1, now=now)


def _sign(session: Session, call: BookedCall, now: datetime) -> None:
    visit_id, doctor = call.appointment.visit_id, call.doctor
    for section in (Section.FINDINGS, Section.ADVICE):
        visits.write_section(session, doctor, visit_id, section, "Phổi trong", version=0, now=now)
    diagnosis = Diagnosis(text="Tăng huyết áp", certainty=Certainty.CONFIRMED)
    visits.set_diagnoses(session, doctor, visit_id, [diagnosis], version=0, now=now)
    visits.plan_follow_up(session, doctor, visit_id, None, None, version=0, now=now)
    visit = get_visit(session, doctor, visit_id, now=now)
    visits.sign(session, doctor, visit_id, version=content_version(session, visit), now=now)
