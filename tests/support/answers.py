"""A visit sent to be answered later: the world of urgent requests, with what later answers need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.answers import service
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import Within
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits import service as writing
from telehealth.visits.rules import Section
from tests.support.urgent import UrgentWorld, make_urgent_world
from tests.support.visits import PRESSURE, WRITTEN


@dataclass(frozen=True, slots=True)
class AnswerWorld:
    """Who sends and who answers; `base.doctors[level]` are those of a level's pool."""

    base: UrgentWorld

    @property
    def nurse(self) -> MembershipActor:
        """Who sends."""
        return self.base.nurse

    @property
    def first(self) -> MembershipActor:
        """A doctor of the nearest pool."""
        return self.base.doctors[0][0]

    @property
    def second(self) -> MembershipActor:
        """A colleague in the same pool."""
        return self.base.doctors[0][1]

    @property
    def above(self) -> MembershipActor:
        """A doctor one level up."""
        return self.base.doctors[1][0]

    def send(
        self,
        session: Session,
        *,
        now: datetime,
        visit: int = 0,
        within: Within = Within.HALF_DAY,
        **more: Any,
    ) -> AnswerRequest:
        """Send a visit as the nurse."""
        wanted = service.Sending(visit_id=self.base.visits[visit], within=within, **more)
        return service.send(session, self.nurse, wanted, now=now)

    def write(self, session: Session, doctor: MembershipActor, *, now: datetime, visit: int = 0) -> None:
        """Write all that a signature needs."""
        visit_id = self.base.visits[visit]
        for name, text in WRITTEN.items():
            writing.write_section(session, doctor, visit_id, name, text, version=0, now=now)
        writing.set_diagnoses(session, doctor, visit_id, [PRESSURE], version=0, now=now)

    def sign(self, session: Session, doctor: MembershipActor, *, now: datetime, visit: int = 0) -> str:
        """Sign what is there; return the canonical text."""
        found = visits.get_visit(session, doctor, self.base.visits[visit], now=now)
        version = visits.content_version(session, found)
        return writing.sign(session, doctor, found.id, version=version, now=now).canonical


def make_answer_world(
    session: Session, *, now: datetime, patients: int = 1, kind: ConsultKind = ConsultKind.REMOTE_EXAM
) -> AnswerWorld:
    """Build a station and three levels above it; visits are of the kind."""
    base = make_urgent_world(session, now=now, patients=patients)
    if kind is not ConsultKind.REMOTE_EXAM:
        for visit_id in base.visits:
            visits.get_visit(session, base.nurse, visit_id, now=now).consult_kind = kind
    return AnswerWorld(base)


def opinion(session: Session, doctor: MembershipActor, visit_id: UUID, *, now: datetime) -> None:
    """Write an opinion."""
    writing.write_section(session, doctor, visit_id, Section.OPINION, "Theo dõi thêm.", version=0, now=now)
