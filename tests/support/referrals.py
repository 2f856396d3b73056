"""A signed visit that refers its patient, and who receives them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from telehealth.referrals import service
from telehealth.referrals.models import Referral
from telehealth.referrals.rules import Urgency
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_doctor, make_hospital, make_member


@dataclass(frozen=True, slots=True)
class ReferralWorld:
    """The station's visit, a hospital with a doctor and a coordinator, and one further up."""

    base: VisitWorld
    receiver: MembershipActor
    desk: MembershipActor
    above: MembershipActor

    def write(self, session: Session, *, now: datetime, **more: Any) -> Referral:
        """Write the referral as the visit's doctor."""
        given = {
            "to_facility_id": self.receiver.here,
            "urgency": Urgency.URGENT,
            "reason": "Nghi suy tim mất bù",
        }
        version = more.pop("version", 0)
        wanted = service.Wanted(**{**given, **more})
        return service.write(session, self.base.doctor, self.base.visit.id, wanted, version=version, now=now)

    def send(self, session: Session, *, now: datetime, **more: Any) -> Referral:
        """Write it with the record and sign."""
        written = self.write(session, now=now, **more)
        self.base.write(session, now=now)
        self.base.sign(session, now=now)
        return written


def make_referral_world(session: Session, *, now: datetime) -> ReferralWorld:
    """Build it all."""
    base = make_visit_world(session, now=now)
    hospital = make_hospital(session, name="BVĐK tỉnh", tier="province", phone="+842093850201")
    further = make_hospital(session, name="BV trung ương", tier="central", phone="+842093850202")
    return ReferralWorld(
        base,
        make_doctor(session, hospital, name="Lò Thị Nhận"),
        make_member(session, hospital, role=Role.COORDINATOR, name="Trang"),
        make_doctor(session, further, name="Vũ Cao Cấp"),
    )
