"""What the servers find in their database, made through the services before they are started."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session

from telehealth import migrations, reference
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.consents.rules import Purpose
from telehealth.kit.clock import Clock, SystemClock
from telehealth.kit.db import Database
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot, SlotSearch
from telehealth.visits.models import Visit
from tests.support import day as days
from tests.support import world
from tests.support.day import Day

EVERY_DAY = range(7)
SOON: Final = 6
"""Slots of each doctor left alone: they may have begun before a busy machine has filled its world."""

SEARCHED_DAYS = 14


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards, with all that was put into it."""
    folder = Path(tempfile.mkdtemp(prefix="telehealth-bench-"))
    # PostgreSQL refuses to run as root; the account it runs as must get through to its data.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(folder: Path, *, database_url: str = "", clock: Clock | None = None) -> Iterator[Database]:
    """Open a server's database with its keys and subscribers; migrated if it is new."""
    settings = Settings(data_dir=folder, database_url=database_url)
    database = open_database(settings, clock or SystemClock())
    try:
        migrations.upgrade(database.writer)
        with database.write() as unit:
            reference.load(unit.session, now=unit.now)
        yield database
    finally:
        database.dispose()


def make_posts(session: Session, count: int, *, now: datetime) -> list[Day]:
    """Make stations, each with a nurse and the doctor she books with, who works day and night."""
    hospital = world.make_hospital(session)
    posts = []
    for number in range(count):
        station = world.make_facility(session, name=f"Trạm Y tế xã thứ {number + 1}")
        nurse = world.make_member(session, station)
        doctor = world.make_doctor(session, hospital, specialties=("noi",))
        ensure_resource(session, ResourceKind.SEAT, station.id, facility_id=station.id)
        diary = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
        add_weekly_hours(session, diary, EVERY_DAY, ("00:00", "24:00"), valid_from=world.SINCE)
        patient = world.make_patient(session, nurse, now=now)
        posts.append(Day(station, hospital, nurse, doctor, patient, {}))
    return posts


def ask_for(session: Session, post: Day, number: int, *, now: datetime) -> Visit:
    """Register a patient who agreed to everything and has a phone; open the visit that is to be booked."""
    phone = f"0868 {number // 1000:03} {number % 1000:03}"
    patient = world.make_patient(session, post.nurse, full_name=f"Bàn Thị Thứ {number}", phone=phone, now=now)
    for purpose in (Purpose.TREATMENT, Purpose.DATA, Purpose.SMS):
        world.make_consent(session, post.nurse, patient.id, purpose, now=now)
    return days.request_visit(session, replace(post, patient=patient), now)


def free_slots(session: Session, post: Day, count: int, *, now: datetime) -> list[Slot]:
    """Find slots of the post's doctor that do not overlap; ValueError where there are not as many."""
    today = policy_of(session).local_date(now)
    search = SlotSearch(
        from_on=today,
        to_on=today + timedelta(days=SEARCHED_DAYS),
        doctor_membership_id=post.doctor.ref,
        limit=10_000,
    )
    chosen: list[Slot] = []
    for slot in find_slots(session, post.nurse, search, now=now):
        if not chosen or slot.starts_at >= chosen[-1].ends_at:
            chosen.append(slot)
    if len(chosen) < count:
        raise ValueError(f"{len(chosen)} slots are free, {count} are needed")
    return chosen[:count]


def book(session: Session, post: Day, visit: Visit, starts_at: datetime, *, now: datetime) -> Appointment:
    """Book a visit at a post."""
    patient = session.get_one(type(post.patient), visit.patient_id)
    return days.book(session, replace(post, patient=patient), visit, starts_at, now)
