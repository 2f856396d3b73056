"""Medicines and prescriptions for tests: the program's own list, lines from it, a visit with one signed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from telehealth.kit.events import Bus
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.models import Medicine, Prescription
from telehealth.prescriptions.part import PART
from telehealth.prescriptions.rules import Facts, Line
from telehealth.staff.actors import MembershipActor
from telehealth.visits import service as visits
from telehealth.visits.events import VisitAmended, VisitSigned
from telehealth.visits.models import SignedRecord
from telehealth.visits.parts import AmendablePart, RecordPart
from tests.support.visits import VisitWorld


def subscribe_prescriptions(bus: Bus) -> Bus:
    """Let prescriptions hear of signatures and be part of the record, as the program does."""
    bus.subscribe(VisitSigned, service.on_visit_signed)
    bus.subscribe(VisitAmended, service.on_visit_amended)
    bus.extend(RecordPart, PART)
    bus.extend(AmendablePart, PART)
    return bus


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """The world of a visit with the program's own list of medicines loaded."""

    world: VisitWorld

    def medicine(self, session: Session, name: str, strength: str = "") -> Medicine:
        """Return a medicine of the list by its name."""
        query = select(Medicine).where(Medicine.generic_name == name)
        if strength:
            query = query.where(Medicine.strength == strength)
        return session.exec(query.order_by(Medicine.code)).first()  # type: ignore[return-value]

    def line(self, session: Session, name: str, strength: str = "", **changed: Any) -> Line:
        """Return a line as picking the medicine gives it, changed as told."""
        return replace(service.line_of(self.medicine(session, name, strength)), **changed)

    def write(
        self,
        session: Session,
        lines: list[Line],
        *,
        now: datetime,
        by: MembershipActor | None = None,
        facts: Facts | None = None,
    ) -> Prescription:
        """Write lines at the version that is stored."""
        version = queries.part_version(session, self.world.visit.id)
        return service.write_lines(
            session,
            by or self.world.doctor,
            self.world.visit.id,
            lines,
            facts or Facts(),
            version=version,
            now=now,
        )

    def issue(self, session: Session, lines: list[Line], *, now: datetime) -> SignedRecord:
        """Write the record and these lines, and sign both."""
        self.world.write(session, now=now)
        self.write(session, lines, now=now)
        return self.world.sign(session, now=now)

    def amend(self, session: Session, *, now: datetime, **given: Any) -> SignedRecord:
        """Sign an amendment with what was prepared."""
        version = queries.part_version(session, self.world.visit.id)
        wanted = {"reason": "Đổi thuốc", "text": "Đổi đơn.", "parts_version": version, **given}
        return visits.amend(session, self.world.doctor, self.world.visit.id, now=now, **wanted)

    def listed(self, session: Session, actor: MembershipActor, *, now: datetime) -> list[Prescription]:
        """Return what an actor may see of the visit's prescriptions."""
        return queries.list_prescriptions(session, actor, self.world.visit, now=now)


def open_pharmacy(session: Session, world: VisitWorld, *, now: datetime) -> Pharmacy:
    """Load the program's own list beside the world."""
    service.load_reference(session, now=now)
    return Pharmacy(world)
