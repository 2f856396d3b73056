"""One finished morning, made through the services: a station, a doctor, a visit booked, another signed.

Whoever needs an object of every kind takes it from here: `day.samples["visit_id"]`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, select

from telehealth import reference
from telehealth.access.rules import ConsultKind
from telehealth.answers import service as answers
from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.service import add_exception, add_weekly_hours, ensure_resource
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.calls.models import CallMember
from telehealth.calls.ringing import RingWhom
from telehealth.calls.service import ensure_room, ring_missing
from telehealth.checks import service as checks
from telehealth.checks.models import CheckAnswer
from telehealth.checks.queries import photos_of, rounds_of
from telehealth.checks.service.picturing import keep_photos
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.rules import Purpose
from telehealth.duty import service as duty
from telehealth.duty.queries import list_notices
from telehealth.facilities.models import Facility
from telehealth.followup.models import Plan, Task
from telehealth.followup.rules import TaskKind
from telehealth.followup.service.tasks import open_task
from telehealth.interop.models import CalendarFeed
from telehealth.interop.service import create_feed
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.lines import service as lines
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.patients import service as patients
from telehealth.patients.models import Contact, Patient
from telehealth.patients.rules import GlassReason
from telehealth.prescriptions import service as prescriptions
from telehealth.prescriptions.models import Medicine, Prescription
from telehealth.prescriptions.rules import Facts
from telehealth.referrals import service as referrals
from telehealth.referrals.rules import Urgency as ReferralUrgency
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import SignIn
from telehealth.staff.rules import Role
from telehealth.urgent import service as urgent
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from telehealth.visits.queries import content_version
from telehealth.visits.rules import Certainty, Diagnosis, Section
from telehealth.waitlist.service import WaitRequest, join
from tests.support import world
from tests.support.attachments import MemoryStorage, make_attachment, upload, washed

EVERY_DAY = range(7)


@dataclass
class Day:
    """The people of the morning, and an id of every kind of thing they made."""

    station: Facility
    hospital: Facility
    nurse: MembershipActor
    doctor: MembershipActor
    patient: Patient
    members: dict[Role, MembershipActor]
    samples: dict[str, UUID] = field(default_factory=dict)


def make_day(database: Database) -> Day:
    """Register, request, book, sign and follow up, in one go."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        reference.load(session, now=now)
        day = _people(session, now)
        _visits(session, day, now)
        _duties(session, day, now)
        _answers(session, day, now)
        _hours(session, day, now)
        _ring(session, day, now)
        _checks(session, day, now)
        _doubles(session, day, now)
        _collect(session, day)
    return day


def make_colleagues(session: Session, facility: Facility) -> dict[Role, MembershipActor]:
    """Add one member of every role to a facility."""
    return {role: world.make_member(session, facility, role=role, name=f"Người {role}") for role in Role}


def request_visit(
    session: Session, day: Day, now: datetime, kind: ConsultKind = ConsultKind.REMOTE_EXAM
) -> Visit:
    """Open a visit at the station for the patient."""
    request = visits.VisitRequest(
        patient_id=day.patient.id, consult_kind=kind, reason="Đau gối phải ba tuần", specialty_code="noi"
    )
    return visits.open_visit(session, day.nurse, request, now=now)


def book(session: Session, day: Day, visit: Visit, starts_at: datetime, now: datetime) -> Appointment:
    """Hold and confirm a slot of the doctor."""
    request = HoldRequest(
        form_id=new_id(),
        visit_id=visit.id,
        patient_id=day.patient.id,
        doctor_membership_id=day.doctor.ref,
        starts_at=starts_at,
        consult_kind=visit.consult_kind,
    )
    held = scheduling.hold(session, day.nurse, request, now=now)
    return scheduling.confirm(session, day.nurse, held.id, version=held.version, now=now)


def sign(session: Session, day: Day, visit: Visit, follow_up_on: date, now: datetime) -> None:
    """Let the doctor write everything a record needs and sign it."""
    doctor = day.doctor
    for section in (Section.FINDINGS, Section.ADVICE):
        visits.write_section(session, doctor, visit.id, section, "Khớp gối sưng nhẹ", version=0, now=now)
    diagnosis = Diagnosis(text="Thoái hóa khớp gối", certainty=Certainty.CONFIRMED)
    visits.set_diagnoses(session, doctor, visit.id, [diagnosis], version=visit.diagnoses_version, now=now)
    version = visit.follow_up_version
    visits.plan_follow_up(session, doctor, visit.id, follow_up_on, None, version=version, now=now)
    paracetamol = prescriptions.line_of(session.exec(select(Medicine).where(Medicine.dose != 0)).first())
    prescriptions.write_lines(session, doctor, visit.id, [paracetamol], Facts(), version=0, now=now)
    visits.sign(session, doctor, visit.id, version=content_version(session, visit), now=now)


def _people(session: Session, now: datetime) -> Day:
    station, hospital = world.make_facility(session), world.make_hospital(session)
    members = make_colleagues(session, station)
    doctor = world.make_doctor(session, hospital, specialties=("noi",))
    resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
    add_weekly_hours(session, resource, EVERY_DAY, ("07:00", "17:00"), valid_from=world.SINCE)
    nurse = members[Role.STATION_NURSE]
    patient = world.make_patient(session, nurse, now=now)
    for purpose in (Purpose.TREATMENT, Purpose.DATA, Purpose.SMS):
        world.make_consent(session, nurse, patient.id, purpose, now=now)
    return Day(station, hospital, nurse, doctor, patient, members)


def _visits(session: Session, day: Day, now: datetime) -> None:
    first = request_visit(session, day, now)
    booked = book(session, day, first, now + timedelta(hours=1), now)
    ensure_room(session, booked.id, now=now)
    day.samples["ring_id"] = ring_missing(session, day.doctor, booked.id, RingWhom.STATION, now=now).id
    signed = request_visit(session, day, now)
    earlier = book(session, day, signed, now + timedelta(hours=2), now)
    sign(session, day, signed, (now + timedelta(days=7)).date(), now)
    open_task(
        session,
        facility_id=day.station.id,
        patient_id=day.patient.id,
        kind=TaskKind.PHONE_PATIENT,
        subject_kind="appointment",
        subject_id=booked.id,
        due_at=now,
        now=now,
    )
    medicines = "code,generic_name,form,route,unit\nA1,Paracetamol,viên nén,uống,viên\n".encode()
    listed = prescriptions.import_formulary(session, SYSTEM, day.station.id, "2026-11", medicines, now=now)
    world.make_sign_in(session, day.nurse, now=now)
    create_feed(session, day.members[Role.COORDINATOR], now=now)
    wish = WaitRequest(
        visit_id=first.id,
        doctor_membership_id=day.doctor.ref,
        earliest_on=now.date(),
        latest_on=now.date() + timedelta(days=7),
    )
    waiting = join(session, day.nurse, wish, now=now)
    storage = MemoryStorage()  # what its pictures hold, no program over this day can read
    photo = make_attachment(session, storage, day.nurse, first.id, now=now)
    fact = add_fact(session, day.nurse, first.id, FactKind.ALLERGY, "Penicillin", now=now)
    day.samples |= {
        "fact_id": fact.id,
        "attachment_id": photo.id,
        "upload_id": upload(session, storage, day.nurse, first.id, b"half of a photo", now=now),
        "appointment_id": booked.id,
        "signed_appointment_id": earlier.id,
        "visit_id": first.id,
        "entry_id": waiting.id,
        "formulary_id": listed.formulary.id,
        "signed_visit_id": signed.id,
        "patient_id": day.patient.id,
        "facility_id": day.station.id,
        "membership_id": day.members[Role.STATION_PRACTITIONER].ref,
    }


def _duties(session: Session, day: Day, now: datetime) -> None:
    """Let the station have a pool, a published shift of its doctor and a colleague asked to take it."""
    doctor, lead = day.members[Role.DOCTOR], day.members[Role.COORDINATOR]
    colleague = world.make_doctor(session, day.station, name="Vi Quốc Anh")
    today = now.date()
    pool = duty.add_pool(session, day.station.id, "Trực tại trạm", now=now)
    for member in (doctor, colleague):
        duty.add_member(session, pool, member.ref, on=today)
    wanted = duty.Wanted(pool.id, doctor.ref, today + timedelta(days=1), 420, 1020)
    shift = duty.plan(session, lead, wanted, now=now).shift
    duty.publish_week(session, lead, today, version=None, now=now)
    swap = duty.ask_swap(session, doctor, shift.id, colleague.ref, version=None, now=now)
    (notice,) = list_notices(session, [doctor.ref])
    day.samples |= {"pool_id": pool.id, "shift_id": shift.id, "swap_id": swap.id, "notice_id": notice.id}


def _answers(session: Session, day: Day, now: datetime) -> None:
    """Send a visit to be answered later, and let the doctor order something at the first one."""
    sent = answers.send(
        session, day.nurse, answers.Sending(visit_id=request_visit(session, day, now).id), now=now
    )
    wanted = orders.Wanted(kind=OrderKind.LAB, what="Công thức máu", when=When.NOW)
    written = orders.write(session, day.doctor, day.samples["visit_id"], wanted, now=now)
    other = request_visit(session, day, now)
    to_later = answers.send(session, day.nurse, answers.Sending(visit_id=other.id), now=now)
    doctor = day.members[Role.DOCTOR]
    answers.take(session, doctor, to_later.id, now=now)
    onward = referrals.Wanted(
        to_facility_id=day.hospital.id, urgency=ReferralUrgency.ROUTINE, reason="Cần chụp khớp gối"
    )
    referred = referrals.write(session, doctor, other.id, onward, version=0, now=now)
    day.samples |= {"answer_id": sent.id, "order_id": written.id, "referral_id": referred.id}


def _hours(session: Session, day: Day, now: datetime) -> None:
    """Take the doctor's hours, and let an afternoon off stand among them."""
    resource = ensure_resource(session, ResourceKind.DOCTOR, day.doctor.ref)
    row = add_exception(
        session,
        day.doctor,
        scope=Scope.RESOURCE,
        scope_id=resource.id,
        kind=ChangeKind.CLOSED,
        starts_at=now + timedelta(days=20),
        ends_at=now + timedelta(days=20, hours=4),
        now=now,
    )
    day.samples |= {"resource_id": resource.id, "exception_id": row.id}


def _ring(session: Session, day: Day, now: datetime) -> None:
    """Let the station ring for another patient, while nobody is on duty, and begin to check its line."""
    duty.add_pool(session, day.hospital.id, "Trực", now=now)
    patient = world.make_patient(session, day.nurse, now=now, full_name="Bàn Thị Nái", phone=None)
    wanted = visits.VisitRequest(
        patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khó thở tăng năm ngày"
    )
    visit = visits.open_visit(session, day.nurse, wanted, now=now)
    rung = urgent.press(session, day.nurse, urgent.Press(visit_id=visit.id), now=now)
    day.samples["request_id"] = rung.id
    check, _ = lines.begin(session, day.nurse, now=now)
    day.samples["check_id"] = check.id


def _checks(session: Session, day: Day, now: datetime) -> None:
    """Ask after the signed visit, today; let it ring as a red answer does."""
    checks.approve_version(session, day.doctor, "fever", 1, now=now)
    wanted = checks.Wanted(questionnaire="fever", days=(now.date(),))
    series = checks.set_checks(session, day.doctor, day.samples["signed_visit_id"], wanted, now=now)
    (asked,) = rounds_of(session, [series.id])
    checks.tick(session, asked.id, now=now)
    alarm = checks.raise_alarm(session, asked, now=now)
    by = {"actor_kind": day.nurse.kind, "actor_ref": day.nurse.ref, "recorded_at": now}
    said = CheckAnswer(round_id=asked.id, number=1, via="link", given={}, level="amber", **by)
    session.add(said)
    session.flush()
    keep_photos(session, MemoryStorage(), day.nurse, asked, said, {"photo": washed()}, now=now)
    day.samples["photo_id"] = photos_of(session, [said.id])[said.id][0].id
    day.samples |= {"series_id": series.id, "round_id": asked.id, "alarm_id": alarm.id}


def _doubles(session: Session, day: Day, now: datetime) -> None:
    """Let the patient have been recorded twice, and a record of another station be opened in an emergency."""
    double = world.make_patient(session, day.nurse, now=now, full_name="Lý Thị Lua", phone=None)
    likely = world.make_patient(session, day.nurse, now=now, full_name="Lý Lụa", phone=None)
    why = "Cùng một người, ghi hai lần"
    merge = patients.merge(
        session, day.nurse, kept_id=day.patient.id, merged_id=double.id, reason=why, now=now
    )
    elsewhere = world.make_member(session, world.make_facility(session, name="Trạm Y tế xã Bình Yên"))
    stranger = world.make_patient(session, elsewhere, now=now, full_name="Triệu Thị Mẩy", birth="1966")
    opened = patients.break_glass(
        session,
        day.nurse,
        stranger.id,
        "Triệu Thị Mẩy 1966",
        reason_code=GlassReason.DANGER,
        reason="Co giật, không nói được",
        now=now,
    )
    day.samples |= {"other_id": likely.id, "merge_id": merge.id, "glass_id": opened.id}


def _collect(session: Session, day: Day) -> None:
    """Take one id of everything else the morning left behind."""
    tables: dict[str, type[SQLModel]] = {
        "consent_id": Consent,
        "text_id": ConsentText,
        "contact_id": Contact,
        "link_id": PatientLink,
        "message_id": OutboxMessage,
        "plan_id": Plan,
        "task_id": Task,
        "sign_in_id": SignIn,
        "member_id": CallMember,
        "feed_id": CalendarFeed,
        "prescription_id": Prescription,
    }
    for name, table in tables.items():
        row: Any = session.exec(select(table).limit(1)).first()
        day.samples[name] = row.id if row is not None else new_id()
