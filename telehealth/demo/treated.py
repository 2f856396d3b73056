"""One visit that is over: examined, discussed, two medicines prescribed, signed. All of it is invented.

What the patient carries from it waits to be confirmed at the next.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.rules import ConsultKind
from telehealth.background import service as background
from telehealth.background.rules import FactKind
from telehealth.conferences import service as conferences
from telehealth.conferences.part import MinutesPart
from telehealth.conferences.rules import Part, Person, PersonRole
from telehealth.kit.actors import SYSTEM
from telehealth.patients.models import Patient
from telehealth.prescriptions import finding
from telehealth.prescriptions import service as prescriptions
from telehealth.prescriptions.rules import Facts
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits import queries
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from telehealth.visits.rules import Certainty, Diagnosis, Section

PLACE: Final = "sin-suoi-ho"
PATIENT: Final = "Vàng Thị Mỷ"
ADVISER: Final = "minh"
LABEL: Final = "2026-11"
LIST: Final = """code,generic_name,strength,form,route,unit,class,dose,times,days,instructions
SS01,Paracetamol,500 mg,viên nén,uống,viên,,1,3,3,"Uống khi sốt trên 38,5 °C"
SS02,Cetirizin,10 mg,viên nén,uống,viên,,1,1,5,Uống buổi tối
SS03,Amoxicilin,500 mg,viên nang,uống,viên,antibiotic,1,3,7,Uống đủ ngày
SS04,Oresol,4.1 g,bột pha uống,uống,gói,,1,3,3,"Pha đúng lượng nước, uống dần"
SS05,Amlodipin,5 mg,viên nén,uống,viên,,1,1,30,Uống buổi sáng
"""
WRITTEN: Final = {
    Section.FINDINGS: "Họng đỏ, amidan không mủ, phổi trong.",
    Section.ADVICE: "Nghỉ ngơi, uống nhiều nước ấm. Sốt quá 3 ngày hoặc khó thở: đến trạm ngay.",
}

CARRIED: Final = {
    FactKind.ALLERGY: "Penicillin",
    FactKind.PROBLEM: "Hen phế quản",
    FactKind.MEDICINE: "Salbutamol xịt khi khó thở",
}

MINUTES: Final = {
    Part.SUMMARY: "Sốt, đau họng hai ngày. Họng đỏ, phổi trong, không khó thở.",
    Part.DISCUSSION: "Nhiễm siêu vi, chưa có dấu hiệu bội nhiễm; chưa cần kháng sinh.",
    Part.CONCLUSION: "Viêm mũi họng cấp, điều trị tại trạm.",
    Part.PLAN: "Hạ sốt, kháng histamin, theo dõi ba ngày.",
}


def treat(
    session: Session, members: dict[str, list[MembershipActor]], doctors: dict[str, UUID], *, now: datetime
) -> None:
    """Import the station's list; let its practitioner have examined, prescribed and signed two days ago."""
    nurse, practitioner = (
        next(each for each in members[PLACE] if each.role is role)
        for role in (Role.STATION_NURSE, Role.STATION_PRACTITIONER)
    )
    prescriptions.import_formulary(session, SYSTEM, nurse.here, LABEL, LIST.encode(), now=now)
    patient = session.exec(select(Patient).where(Patient.full_name == PATIENT)).one()
    request = visits.VisitRequest(
        patient_id=patient.id,
        consult_kind=ConsultKind.FACILITY_SUPPORT,
        reason="Sốt, đau họng hai ngày",
        sections={
            Section.HISTORY: "Hen từ nhỏ, cơn nhẹ khi trở trời",
            Section.ALLERGIES: "Penicillin, nổi mẩn",
        },
        vitals={"temperature": Decimal("38.2"), "pulse": Decimal(92)},
        occurred_at=now - timedelta(days=2),
    )
    visit = visits.open_visit(session, nurse, request, now=now)
    visit.doctor_membership_id = doctors[ADVISER]
    session.add(visit)
    for kind, fact in CARRIED.items():
        background.add_fact(session, nurse, visit.id, kind, fact, now=now)
    for name, text in WRITTEN.items():
        visits.write_section(session, practitioner, visit.id, name, text, version=0, now=now)
    cold = Diagnosis("", Certainty.CONFIRMED, "J00")
    visits.set_diagnoses(session, practitioner, visit.id, [cold], version=0, now=now)
    formulary = finding.find_formulary(session, nurse.here)
    if formulary is None:
        raise LookupError("the list that was imported just now")
    lines = [
        prescriptions.line_of(finding.search_medicines(session, formulary.id, name)[0])
        for name in ("paracetamol", "cetirizin")
    ]
    prescriptions.write_lines(session, practitioner, visit.id, lines, Facts(), version=0, now=now)
    _confer(session, nurse, practitioner, visit, now=now)
    version = queries.content_version(session, visit)
    visits.sign(session, practitioner, visit.id, version=version, now=now)


def _confer(
    session: Session, nurse: MembershipActor, practitioner: MembershipActor, visit: Visit, *, now: datetime
) -> None:
    """Write the minutes of a conference that the practitioner chaired and the nurse took down; both sign."""
    beginning = conferences.Beginning("Trạm Y tế xã Sin Suối Hồ", MINUTES)
    minutes = conferences.begin_minutes(session, nurse, visit.id, beginning, now=now)
    people = [Person(PersonRole.CHAIR, "", membership_id=practitioner.ref)]
    people.append(Person(PersonRole.SECRETARY, "", membership_id=nurse.ref))
    if visit.doctor_membership_id is not None:
        people.append(Person(PersonRole.MEMBER, "", membership_id=visit.doctor_membership_id))
    frame = conferences.Frame(visit.occurred_at, minutes.place, people)
    conferences.set_frame(session, nurse, visit.id, frame, version=minutes.frame_version, now=now)
    for signer in (practitioner, nurse):
        read = MinutesPart().version(session, visit)
        conferences.sign_minutes(session, signer, visit.id, version=read, now=now)
