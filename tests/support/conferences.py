"""A support between facilities with minutes: what tests of conferences begin with."""

from datetime import datetime

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.conferences import service
from telehealth.conferences.part import MinutesPart
from telehealth.conferences.rules import Part, Person, PersonRole
from telehealth.conferences.service import Beginning, Frame
from telehealth.kit.events import Bus
from telehealth.staff.actors import MembershipActor
from telehealth.visits.parts import RecordPart
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits

PLACE = "Trạm Y tế xã Vi Hương"
TEXTS = {
    Part.SUMMARY: "Đau đầu, chóng mặt ba ngày. Huyết áp 158/94.",
    Part.DISCUSSION: "Huyết áp chưa đạt đích.",
    Part.CONCLUSION: "Tăng huyết áp vô căn, chưa kiểm soát.",
    Part.PLAN: "Tăng liều amlodipin, hẹn một tuần.",
}


def minutes_bus() -> Bus:
    """Return a bus on which minutes are a part of the record."""
    bus = subscribe_visits(Bus())
    bus.extend(RecordPart, MinutesPart())
    return bus


def make_conference(session: Session, *, now: datetime) -> VisitWorld:
    """Build a booked support between facilities with all of the record but minutes."""
    world = make_visit_world(session, now=now, kind=ConsultKind.FACILITY_SUPPORT)
    world.write(session, now=now)
    return world


def frame(world: VisitWorld, *, now: datetime, members: tuple[Person, ...] = ()) -> Frame:
    """Return the doctor as chair and the nurse as secretary, now and here."""
    chair = Person(PersonRole.CHAIR, "", membership_id=world.doctor.ref)
    secretary = Person(PersonRole.SECRETARY, "", membership_id=world.nurse.ref)
    return Frame(now, PLACE, (chair, secretary, *members))


def write_minutes(session: Session, world: VisitWorld, *, now: datetime) -> None:
    """Begin minutes and write all of them."""
    beginning = Beginning(PLACE, TEXTS)
    service.begin_minutes(session, world.nurse, world.visit.id, beginning, now=now)


def sign_minutes(session: Session, world: VisitWorld, *by: MembershipActor, now: datetime) -> None:
    """Sign as these, one after the other."""
    for actor in by:
        version = MinutesPart().version(session, world.visit)
        service.sign_minutes(session, actor, world.visit.id, version=version, now=now)
