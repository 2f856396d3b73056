"""Visits of the demo under way: one waits for an answer, one is asked about, one has orders, one refers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.answers import queries
from telehealth.answers import service as answers
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import Within
from telehealth.duty.queries import list_members
from telehealth.kit.policy import policy_of
from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.referrals import service as referrals
from telehealth.referrals.rules import Urgency
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import find_membership_actor
from telehealth.visits import service as visits
from telehealth.visits.queries import content_version, get_visit
from telehealth.visits.rules import Certainty, Diagnosis, Section
from telehealth.visits.service import VisitRequest, open_visit


def load_cases(
    session: Session, nurse: MembershipActor, patients: list[UUID], hospital: UUID, *, now: datetime
) -> int:
    """Open four visits at the nurse's station and send them; return how many."""
    waiting, asked, *_, ordered = patients
    _send(session, nurse, waiting, "Mẩn ngứa lan dần hai tuần", Within.TWO_DAYS, "Bôi thuốc gì tiếp?", now)
    questioned = _send(session, nurse, asked, "Ho kéo dài ba tuần", Within.HALF_DAY, "Có cần chụp phổi?", now)
    doctor = _take(session, questioned, now)
    answers.ask_back(
        session,
        doctor,
        questioned.id,
        text="Có sốt về chiều, sút cân không?",
        version=questioned.version,
        now=now,
    )
    looked_at = _send(session, nurse, ordered, "Đau đầu, huyết áp cao", Within.HALF_DAY, "", now)
    doctor = _take(session, looked_at, now)
    again = orders.Wanted(
        kind=OrderKind.MEASUREMENT,
        what="Đo lại huyết áp sau khi nghỉ 15 phút",
        code="systolic",
        when=When.NOW,
    )
    orders.write(session, doctor, looked_at.visit_id, again, now=now)
    lab = orders.Wanted(kind=OrderKind.LAB, what="Đường huyết lúc đói", when=When.THREE_DAYS)
    orders.write(session, doctor, looked_at.visit_id, lab, now=now)
    _refer(session, nurse, ordered, hospital, now)
    return 4


def _refer(session: Session, nurse: MembershipActor, patient_id: UUID, hospital: UUID, now: datetime) -> None:
    """Let a doctor answer a visit by referring the patient, and sign it."""
    sent = _send(session, nurse, patient_id, "Khó thở khi gắng sức", Within.ONE_DAY, "Cần siêu âm tim?", now)
    doctor, visit_id = _take(session, sent, now), sent.visit_id
    for section, words in ((Section.FINDINGS, "Phù nhẹ cổ chân"), (Section.ADVICE, "Ăn nhạt, nghỉ ngơi")):
        visits.write_section(session, doctor, visit_id, section, words, version=0, now=now)
    # Of the list of illnesses that may be treated at a distance (TT 30/2023/TT-BYT).
    diagnosis = Diagnosis("Tăng huyết áp, theo dõi suy tim", Certainty.CONFIRMED, "I10")
    visits.set_diagnoses(session, doctor, visit_id, [diagnosis], version=0, now=now)
    onward = referrals.Wanted(
        to_facility_id=hospital,
        urgency=Urgency.ROUTINE,
        reason="Siêu âm tim, chỉnh thuốc",
        condition="Tỉnh, tự đi lại được",
    )
    referrals.write(session, doctor, visit_id, onward, version=0, now=now)
    visit = get_visit(session, doctor, visit_id, now=now)
    visits.sign(session, doctor, visit_id, version=content_version(session, visit), now=now)


def _send(
    session: Session,
    nurse: MembershipActor,
    patient_id: UUID,
    reason: str,
    within: Within,
    wish: str,
    now: datetime,
) -> AnswerRequest:
    request = VisitRequest(
        patient_id=patient_id,
        consult_kind=ConsultKind.REMOTE_EXAM,
        reason=reason,
        vitals={"systolic": Decimal(156), "diastolic": Decimal(92), "pulse": Decimal(84)},
    )
    visit = open_visit(session, nurse, request, now=now)
    return answers.send(session, nurse, answers.Sending(visit_id=visit.id, within=within, wish=wish), now=now)


def _take(session: Session, request: AnswerRequest, now: datetime) -> MembershipActor:
    """Let the first doctor of the nearest pool take a request; return who it is."""
    today = policy_of(session).local_date(now)
    pools = [level.pool_id for level in queries.list_levels(session, request.id) if level.pool_id]
    member = list_members(session, pools[:1], on=today)[0]
    doctor = find_membership_actor(session, member.membership_id, today=today)
    if doctor is None:
        raise LookupError(member.membership_id)
    answers.take(session, doctor, request.id, now=now)
    return doctor
