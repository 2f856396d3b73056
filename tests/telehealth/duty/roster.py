"""A hospital with a coordinator, a pool and its doctors: what roster tests begin with."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from telehealth.duty import service
from telehealth.duty.models import Pool, Shift
from telehealth.facilities.models import Facility
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import TODAY
from tests.support.world import make_doctor, make_hospital, make_member

MONDAY = TODAY


@dataclass(frozen=True, slots=True)
class Ward:
    """Who plans for whom."""

    hospital: Facility
    coordinator: MembershipActor
    pool: Pool
    doctors: tuple[MembershipActor, ...]

    def plan(
        self, session: Session, doctor: int = 0, *, on: int = 0, hours: str = "13:00-17:00", now: datetime
    ) -> Shift:
        """Plan a shift of a doctor, so many days after the tests' Monday; `20:00-06:00` is overnight."""
        return service.plan(session, self.coordinator, self.wanted(doctor, on=on, hours=hours), now=now).shift

    def wanted(self, doctor: int = 0, *, on: int = 0, hours: str = "13:00-17:00") -> service.Wanted:
        """Describe a shift of a doctor."""
        start, end = (int(wall[:2]) * 60 + int(wall[3:]) for wall in hours.split("-"))
        end += 1440 if end <= start else 0
        day = MONDAY.fromordinal(MONDAY.toordinal() + on)
        return service.Wanted(self.pool.id, self.doctors[doctor].ref, day, start, end)

    def publish(self, session: Session, *, now: datetime) -> None:
        """Publish the week of the tests' Monday."""
        service.publish_week(session, self.coordinator, MONDAY, version=None, now=now)


def make_ward(session: Session, *, doctors: int = 3, now: datetime, name: str = "Bệnh viện Hồng Hà") -> Ward:
    """Build a hospital with a pool of doctors."""
    hospital = make_hospital(session, name=name)
    coordinator = make_member(session, hospital, role=Role.COORDINATOR, name="Đặng Thu Trang")
    people = tuple(make_doctor(session, hospital, name=f"Trần Văn {n}") for n in range(doctors))
    pool = service.add_pool(session, hospital.id, "Trực", now=now)
    for doctor in people:
        service.add_member(session, pool, doctor.ref, on=MONDAY)
    return Ward(hospital, coordinator, pool, people)
