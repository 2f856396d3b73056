"""Reference data that every deployment needs; loading it again changes nothing that is there."""

import tomllib
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from telehealth.availability.service import ensure_service_type
from telehealth.checks.service import load_questionnaires
from telehealth.consents.service import load_texts
from telehealth.examination.service import load_templates
from telehealth.facilities.service.register import ensure_code_lists
from telehealth.prescriptions.service import load_reference as load_medicines
from telehealth.scheduling.rules import SPECIALIST_SERVICE, STANDARD_SERVICE, URGENT_SERVICE, AcceptMode
from telehealth.staff.models import Specialty
from telehealth.visits.service.reference import load_reference as load_diagnosis_codes

DATA = Path(__file__).parent / "data"

SPECIALIST_TERMS: dict[str, int | str] = {
    "duration_minutes": 30,
    "step_minutes": 30,
    "accept_mode": AcceptMode.DOCTOR,
}
URGENT_TERMS = {"duration_minutes": 15, "step_minutes": 5, "min_notice_minutes": 0}


def load(session: Session, *, now: datetime) -> None:
    """Load levels, tiers, specialties, services, consents, codes, templates, medicines, questionnaires."""
    ensure_code_lists(session)
    for rank, row in enumerate(tomllib.loads((DATA / "specialties.toml").read_text("utf-8"))["specialty"]):
        if session.get(Specialty, row["code"]) is None:
            session.add(Specialty(code=row["code"], name=row["name"], rank=rank))
    session.flush()
    ensure_service_type(session, STANDARD_SERVICE)
    ensure_service_type(session, SPECIALIST_SERVICE, **SPECIALIST_TERMS)
    ensure_service_type(session, URGENT_SERVICE, **URGENT_TERMS)
    load_texts(session, now=now)
    load_diagnosis_codes(session)
    load_templates(session, now=now)
    load_medicines(session, now=now)
    load_questionnaires(session, now=now)
