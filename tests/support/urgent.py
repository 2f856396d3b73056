"""A station, three levels of pools above it, doctors on duty: what tests of urgent requests begin with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth import reference
from telehealth.access.rules import ConsultKind
from telehealth.availability.service import add_service_type
from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool, set_switch
from telehealth.kit.policy import policy_of
from telehealth.scheduling.rules import URGENT_SERVICE
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.urgent import service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import UrgentPriority
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.world import make_doctor, make_facility, make_hospital, make_member, make_patient

ESCALATE, LEASE = 90, 60
LEVELS = (("regional", "TTYT khu vực"), ("province", "Bệnh viện tỉnh"), ("central", "Bệnh viện Hà Nội"))


@dataclass(frozen=True, slots=True)
class UrgentWorld:
    """Who rings and who is rung: `doctors[level]` are those of a level's pool."""

    nurse: MembershipActor
    coordinator: MembershipActor
    pools: tuple[Pool, ...]
    doctors: tuple[tuple[MembershipActor, ...], ...]
    visits: tuple[UUID, ...]

    def press(
        self,
        session: Session,
        *,
        now: datetime,
        visit: int = 0,
        priority: UrgentPriority = UrgentPriority.URGENT,
    ) -> UrgentRequest:
        """Press the button as the nurse."""
        wanted = service.Press(visit_id=self.visits[visit], priority=priority)
        return service.press(session, self.nurse, wanted, now=now)


def make_urgent_world(
    session: Session,
    *,
    now: datetime,
    doctors: Sequence[int] = (2, 1, 1),
    patients: int = 1,
    on_duty: Sequence[bool] = (True, True, True),
    escalate_seconds: int = ESCALATE,
    lease_seconds: int = LEASE,
) -> UrgentWorld:
    """Build the ladder from the top down; each level has so many doctors, all on duty unless said."""
    add_service_type(session, URGENT_SERVICE, **reference.URGENT_TERMS)
    station = make_facility(session)
    nurse = make_member(session, station)
    pools: list[Pool] = []
    people: list[tuple[MembershipActor, ...]] = []
    for level in range(len(doctors) - 1, -1, -1):
        tier, name = LEVELS[level]
        hospital = make_hospital(session, name=name, tier=tier, phone=f"+8420938501{level:02d}")
        pool = add_pool(
            session,
            hospital.id,
            "Trực",
            escalates_to=pools[0].id if pools else None,
            escalate_seconds=escalate_seconds,
            lease_seconds=lease_seconds,
            now=now,
        )
        members = tuple(
            make_doctor(session, hospital, name=f"{LEVELS[level][0].title()} Bác Sĩ {n}", specialties=())
            for n in range(doctors[level])
        )
        for doctor in members:
            add_member(session, pool, doctor.ref, on=policy_of(session).local_date(now))
            if on_duty[level]:
                go_on_duty(session, doctor, now=now)
        pools.insert(0, pool)
        people.insert(0, members)
    coordinator = make_member(
        session, session.get_one(type(station), pools[0].facility_id), role=Role.COORDINATOR, name="Trang"
    )
    known = [make_patient(session, nurse, full_name=f"Bàn Thị {n}", phone=None).id for n in range(patients)]
    visits = tuple(open_urgent_visit(session, nurse, patient, now=now) for patient in known)
    return UrgentWorld(nurse, coordinator, tuple(pools), tuple(people), visits)


def open_urgent_visit(session: Session, nurse: MembershipActor, patient_id: UUID, *, now: datetime) -> UUID:
    """Open a visit for somebody who cannot wait."""
    wanted = VisitRequest(
        patient_id=patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khó thở tăng năm ngày"
    )
    return open_visit(session, nurse, wanted, now=now).id


def go_on_duty(session: Session, doctor: MembershipActor, *, now: datetime, hours: int = 12) -> None:
    """Turn the switch on."""
    set_switch(session, doctor.ref, is_on=True, until_at=now + timedelta(hours=hours), now=now)


def version_on(page: str) -> dict[str, str]:
    """Return the version of a request that the forms of its page send."""
    found = re.search(r'name="version" value="(\d+)"', page)
    if found is None:
        raise AssertionError("no form on the page of the request")
    return {"version": found[1]}
