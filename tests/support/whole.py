"""Visits with everything in them that can be signed: each text its own, so that a lost one is missed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from telehealth.answers import service as answers
from telehealth.background import service as background
from telehealth.background.rules import DatedBy, FactKind
from telehealth.conditions import service as conditions
from telehealth.conferences.rules import Person, PersonRole
from telehealth.conferences.service import set_frame
from telehealth.duty.service import add_member, add_pool
from telehealth.examination import service as examination
from telehealth.files.storage import Storage
from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.prescriptions.rules import Facts
from telehealth.referrals import service as referrals
from telehealth.referrals.rules import Transport, Urgency
from telehealth.scheduling import service as scheduling
from telehealth.visits import queries
from telehealth.visits import service as visits
from telehealth.visits.attached import list_attachments
from telehealth.visits.attachments import AttachmentKind
from telehealth.visits.rules import Modality, Section
from tests.support import conferences
from tests.support.attachments import MemoryStorage, make_attachment
from tests.support.prescriptions import Pharmacy, open_pharmacy
from tests.support.visits import FOLLOW_UP_ON, VITALS, VisitWorld
from tests.support.world import SINCE, make_hospital

SECTIONS: Final[Mapping[Section, str]] = {
    Section.REASON: "Đau đầu, chóng mặt ba ngày",
    Section.HISTORY: "Tăng huyết áp năm năm\nĐặt stent mạch vành năm 2024",
    Section.MEDICINES: "Losartan 50 mg mỗi sáng, tự mua thêm thuốc nam",
    Section.ALLERGIES: "Penicillin nổi mề đay",
    Section.FINDINGS: "Tim đều, phổi trong, không phù.",
    Section.OPINION: "Huyết áp chưa đạt đích.",
    Section.ADVICE: "Ăn nhạt, đo huyết áp mỗi sáng.",
}
REMOTE_LIST = "code,name,source\nI10,Tăng huyết áp,x\n"


def fill(session: Session, world: VisitWorld, *, now: datetime, storage: Storage | None = None) -> Pharmacy:
    """Write everything a remote examination can hold; nothing is signed."""
    _write(session, world, now=now)
    _say(session, world, now=now)
    _attach(session, storage or MemoryStorage(), world, now=now)
    _examine(session, world, now=now)
    _carry(session, world, now=now)
    conditions.import_list(session, REMOTE_LIST, "TT 30/2023/TT-BYT", now=now)
    pharmacy = _prescribe(session, world, now=now)
    _request(session, world, now=now)
    return pharmacy


def confer(session: Session, world: VisitWorld, *, now: datetime) -> None:
    """Write a support between facilities and its minutes, with somebody from elsewhere; these are signed."""
    _write(session, world, now=now)
    conferences.write_minutes(session, world, now=now)
    member = Person(PersonRole.MEMBER, "Mùa A Páo", title="CN.", facility="Trung tâm Y tế Bạch Thông")
    frame = conferences.frame(world, now=now, members=(member,))
    set_frame(session, world.nurse, world.visit.id, frame, version=1, now=now)
    conferences.sign_minutes(session, world, world.doctor, world.nurse, now=now)


def _write(session: Session, world: VisitWorld, *, now: datetime) -> None:
    written = queries.sections_of(session, world.visit)
    for name, text in SECTIONS.items():
        version = written[name].version if name in written else 0
        visits.write_section(session, world.doctor, world.visit.id, name, text, version=version, now=now)
    world.write(session, now=now, sections={}, follow_up_on=None)
    visits.plan_follow_up(
        session, world.doctor, world.visit.id, FOLLOW_UP_ON, None, version=0, now=now, slack_days=3
    )
    more = {**VITALS, "weight": Decimal("48.5"), "height": Decimal(152), "temperature": Decimal("36.8")}
    visits.measure(session, world.doctor, world.visit.id, more, at=now, now=now)


def _say(session: Session, world: VisitWorld, *, now: datetime) -> None:
    pool = add_pool(session, world.doctor.here, "Nội", now=now)
    add_member(session, pool, world.doctor.ref, on=SINCE)
    scheduling.start(session, world.doctor, world.appointment.id, now=now)
    visits.note_modality(session, world.visit.id, Modality.VIDEO, now=now)
    sent = answers.turn_to_later(session, world.doctor, world.visit.id, now=now)
    asked, said = "Có đau ngực khi gắng sức không?", "Không đau, chỉ mệt khi leo dốc."
    sent = answers.ask_back(session, world.doctor, sent.id, text=asked, version=sent.version, now=now)
    answers.reply(session, world.nurse, sent.id, text=said, version=sent.version, now=now)


def _attach(session: Session, storage: Storage, world: VisitWorld, *, now: datetime) -> None:
    for kind, caption in ((AttachmentKind.ECG, "Điện tim lúc đau"), (AttachmentKind.ULTRASOUND, "")):
        row = make_attachment(
            session, storage, world.nurse, world.visit.id, now=now, kind=kind, caption=caption
        )
    shown = visits.Described(turn=90, arrows=[[1, 100, 200, 300, 400]])
    visits.describe_attachment(session, world.nurse, row.id, shown, version=row.version, now=now)


def _examine(session: Session, world: VisitWorld, *, now: datetime) -> None:
    examination.load_templates(session, now=now)
    for item, state, text in (
        ("heart", "normal", ""),
        ("lungs", "abnormal", "Ran ẩm đáy phổi phải"),
        ("skin", "not_examined", ""),
        ("since", "answered", "Từ thứ sáu, nặng dần về chiều"),
    ):
        examination.put_item(
            session,
            world.doctor,
            world.visit.id,
            item,
            state,
            text,
            version=0,
            today=now.date(),
            now=now,
        )


def _carry(session: Session, world: VisitWorld, *, now: datetime) -> None:
    for kind, text in (
        (FactKind.PROBLEM, "Đái tháo đường típ 2 từ 2019"),
        (FactKind.MEDICINE, "Metformin 500 mg hai lần mỗi ngày"),
    ):
        background.add_fact(session, world.nurse, world.visit.id, kind, text, now=now)
    background.confirm_facts(session, world.nurse, world.visit.id, FactKind.ALLERGY, shown=set(), now=now)
    background.date_pregnancy(
        session,
        world.nurse,
        world.visit.id,
        dated_by=DatedBy.LMP,
        dated_on=date(2026, 6, 15),
        gravida=3,
        para=2,
        version=0,
        now=now,
    )


def _prescribe(session: Session, world: VisitWorld, *, now: datetime) -> Pharmacy:
    pharmacy = open_pharmacy(session, world, now=now)
    halves = {"morning": Decimal("0.5"), "night": Decimal(1)}
    lines = [
        pharmacy.line(session, "Amlodipin", brand_name="Amlor", instructions="Uống sau ăn sáng"),
        replace(
            pharmacy.line(session, "Metformin", instructions="Uống giữa bữa cơm"),
            moments=halves,
            dose=None,
            times=None,
            days=45,
            total=Decimal(70),
            total_reason="Còn hai viên ở nhà",
        ),
    ]
    facts = Facts(long_reason="Bệnh mạn tính, nhà xa trạm 30 km")
    pharmacy.write(session, lines, now=now, facts=facts)
    return pharmacy


def _request(session: Session, world: VisitWorld, *, now: datetime) -> None:
    for wanted in (
        orders.Wanted(kind=OrderKind.LAB, what="Kali máu", when=When.TODAY, note="Nhịn ăn sáng"),
        orders.Wanted(kind=OrderKind.MEASUREMENT, what="Đường huyết", when=When.MONTH, code="glucose"),
    ):
        orders.write(session, world.doctor, world.visit.id, wanted, now=now)
    at_once = orders.Wanted(
        kind=OrderKind.MEASUREMENT, what="Đếm mạch lại", when=When.NOW, code="pulse", note="Lúc nghỉ"
    )
    done = orders.write(session, world.doctor, world.visit.id, at_once, now=now)
    result = orders.Result(value=Decimal(118), text="Đều")
    orders.finish(session, world.nurse, done.id, result, version=done.version, now=now)
    hospital = make_hospital(session, name="BVĐK tỉnh Bắc Kạn", tier="province", phone="+842093850201")
    shown = list_attachments(session, world.doctor, world.visit.id, now=now)
    letter = referrals.Wanted(
        to_facility_id=hospital.id,
        urgency=Urgency.URGENT,
        reason="Nghi suy tim mất bù",
        condition="Khó thở khi nằm",
        treatment="Đã dùng furosemid 20 mg",
        transport=Transport.AMBULANCE,
        escort="Điều dưỡng Hà",
        attachments=[each.id for each in shown],
    )
    referrals.write(session, world.doctor, world.visit.id, letter, version=0, now=now)
