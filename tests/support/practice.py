"""A running program with a booked visit in it, and everybody at their browsers."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.security import Passwords
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Staff
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.loaded import load_codes
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits
from tests.support.world import make_sign_in

PASSWORD = "suoi nui xanh 38"
PIN = "258036"

_passwords = Passwords(memory_kib=64, time_cost=1)
HASHES = (_passwords.hash(PASSWORD), _passwords.hash(PIN))


@dataclass(frozen=True, slots=True)
class Practice:
    """The application, the world in its database, and browsers in which people are signed in."""

    app: FastAPI
    database: Database
    world: VisitWorld
    doctor: Browser
    practitioner: Browser
    nurse: Browser
    stranger: Browser

    @property
    def visit(self) -> str:
        """The address of the visit."""
        return f"/visits/{self.world.visit.id}"

    @property
    def case(self) -> str:
        """The address of the doctor's workspace."""
        return f"/cases/{self.world.appointment.id}"


def open_practice(
    database: Database,
    folder: Path,
    clock: FixedClock,
    *,
    kind: ConsultKind = ConsultKind.REMOTE_EXAM,
    is_written: bool = False,
) -> Practice:
    """Build the world in the database and the application over it; secrets are PASSWORD and PIN."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        load_codes(session)
        world = make_visit_world(session, now=now, kind=kind)
        people = (world.doctor, world.practitioner, world.nurse, world.other_doctor)
        tokens = [_sign_in(session, actor, clock) for actor in people]
        if is_written:
            world.write(session, now=now)
    app = build_app(database, folder, clock)
    return Practice(app, database, world, *(Browser(app, token) for token in tokens))


def _sign_in(session: Session, actor: MembershipActor, clock: FixedClock) -> str:
    staff = session.get_one(Staff, actor.staff_id)
    staff.password_hash, staff.pin_hash = HASHES
    session.add(staff)
    return make_sign_in(session, actor, now=clock.now())


@pytest.fixture(name="bus")
def wired_bus() -> Bus:
    """Everything hears of everything, as in the program."""
    return wiring.build_bus()


@pytest.fixture(name="bus")
def visits_bus() -> Bus:
    """A bus on which visits hear of appointments."""
    return subscribe_visits(Bus())


@pytest.fixture(name="practice")
def booked_practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination, booked for 09:30, about which nothing is written yet."""
    return open_practice(database, tmp_path, clock)


@pytest.fixture(name="practice")
def written_practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """The same with everything written that a signature needs."""
    return open_practice(database, tmp_path, clock, is_written=True)
