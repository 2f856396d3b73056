"""Worlds of many doctors with hard diaries: written in bulk, for nobody would book them one by one.

Twenty specialties; the doctors of a province and its hospitals in the capital, a station they support.
The first ten days are full, later ones partly; every claim is there, its guard is put back at the end.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import Session

from telehealth import schema
from telehealth.availability.models import AvailabilityRule, Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import ensure_resource
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database, metadata
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from telehealth.staff.models import Membership, MembershipSpecialty, Staff
from telehealth.visits.models import Visit
from tests.bench.worlds import ask_for
from tests.support import world
from tests.support.day import Day

DAYS = 31
FULL_DAYS = 10
SPECIALTIES = 20
DOCTORS_PER_HOSPITAL = 50
HOURS = ((450, 690), (810, 1050))
"""Half past seven to half past eleven, half past one to half past five: 24 slots of 20 minutes."""
MINUTES = 20


@dataclass(frozen=True)
class Diaries:
    """What is searched, and by whom: a station's nurse, signed in, with a patient and an open visit."""

    post: Day
    token: str
    cookie: str
    visit: Visit
    claims: int
    specialty: str


def make_diaries(database: Database, doctors: int, *, later_percent: int) -> Diaries:
    """Make a station and so many doctors, their first ten days full, `later_percent` of the others."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        post = _make_post(session, now)
        hospitals = _make_hospitals(session, post, -(-doctors // DOCTORS_PER_HOSPITAL))
        codes = [f"specialty{n:02}" for n in range(SPECIALTIES)]
        for code in codes:
            world.make_specialty(session, code, code)
        rows = [
            (new_id(), new_id(), hospitals[n % len(hospitals)], codes[n % SPECIALTIES])
            for n in range(doctors)
        ]
        _insert_doctors(session, rows, now)
        visit = ask_for(session, post, 0, now=now)
        visit.specialty_code = None  # any doctor will do
        session.flush()
        _insert_slots(session, post, visit, rows[0][0], now)
        token = world.make_token(session, post.nurse, now=now)
        cookie = world.make_sign_in(session, post.nurse, now=now)
    return Diaries(post, token, cookie, visit, _fill(database, later_percent), codes[3])


def _make_post(session: Session, now: datetime) -> Day:
    hospital = world.make_hospital(session)
    station = world.make_facility(session, name="Trạm Y tế xã Đông Viên")
    nurse = world.make_member(session, station)
    ensure_resource(session, ResourceKind.SEAT, station.id, facility_id=station.id)
    patient = world.make_patient(session, nurse, now=now)
    return Day(station, hospital, nurse, nurse, patient, {})


def _make_hospitals(session: Session, post: Day, count: int) -> list[UUID]:
    """Make hospitals that support the station: one in five central, the others of the province."""
    found = []
    for number in range(count):
        tier = "central" if number % 5 == 4 else "province"
        hospital = world.make_hospital(session, name=f"Bệnh viện thứ {number + 1}", tier=tier)
        world.make_edge(session, "supports", post.station, hospital)
        found.append(hospital.id)
    return found


def _insert_doctors(session: Session, rows: list[tuple[UUID, UUID, UUID, str]], now: datetime) -> None:
    connection = session.connection()
    people = [
        {
            "id": staff_id,
            "full_name": f"Lò Văn Thứ {number}",
            "sort_key": f"{number:05}",
            "username": f"hard{number}",
            "created_at": now,
        }
        for number, (_, staff_id, _, _) in enumerate(rows)
    ]
    connection.execute(insert(Staff), people)
    memberships: list[dict[str, Any]] = [
        {
            "id": membership_id,
            "staff_id": staff_id,
            "facility_id": facility_id,
            "role": "doctor",
            "qualification": "doctor",
            "title": "BS.",
            "licence_number": "000001/TN-GPHN",
            "valid_from": world.SINCE,
        }
        for membership_id, staff_id, facility_id, _ in rows
    ]
    connection.execute(insert(Membership), memberships)
    of_them = [{"membership_id": row[0], "specialty_code": row[3]} for row in rows]
    connection.execute(insert(MembershipSpecialty), of_them)
    _insert_hours(session, rows)


def _insert_hours(session: Session, rows: list[tuple[UUID, UUID, UUID, str]]) -> None:
    connection = session.connection()
    resources: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "kind": "doctor",
            "owner_id": row[0],
            "facility_id": row[2],
            "zone": DEFAULT_ZONE.key,
        }
        for row in rows
    ]
    connection.execute(insert(Resource), resources)
    rules = [
        {
            "resource_id": resource["id"],
            "weekday": weekday,
            "start_minute": start,
            "end_minute": end,
            "valid_from": world.SINCE,
            "zone": DEFAULT_ZONE.key,
        }
        for resource in resources
        for weekday in range(7)
        for start, end in HOURS
    ]
    connection.execute(insert(AvailabilityRule), rules)


def _insert_slots(session: Session, post: Day, visit: Visit, doctor_id: UUID, now: datetime) -> None:
    """Add one appointment that is over per slot of the month: what the claims of that slot hang on."""
    today = now.astimezone(DEFAULT_ZONE).date()
    query = text("SELECT id FROM service_type WHERE code = 'standard'")
    service_id = session.connection().execute(query).scalar_one()
    rows = []
    for number, starts_at in enumerate(slot_starts(today)):
        appointment_id = new_id()
        rows.append(
            {
                "id": appointment_id,
                "code": f"HARD-{number}",
                "status": "fulfilled",
                "service_type_id": UUID(str(service_id)),
                "visit_id": new_id(),
                "patient_id": visit.patient_id,
                "consult_kind": "remote_exam",
                "station_facility_id": post.station.id,
                "doctor_membership_id": doctor_id,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(minutes=MINUTES),
                "form_id": new_id(),
                "held_by": post.nurse.ref,
                "ical_uid": f"{appointment_id}@hard",
                "created_at": now,
            }
        )
    session.connection().execute(insert(Appointment), rows)


def slot_starts(today: date) -> list[datetime]:
    """List when the slots of the month start, the first day's first."""
    return [
        datetime.combine(today + timedelta(days=day), time(minute // 60, minute % 60), tzinfo=DEFAULT_ZONE)
        for day in range(DAYS + 1)
        for start, end in HOURS
        for minute in range(start, end, MINUTES)
    ]


_FILL = """
INSERT INTO claim (id, appointment_id, resource_id, lane, busy_start, busy_end, state)
SELECT {id}, slot.id, doctor.id, 0, slot.at, slot.at + :length, 'booked'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM resource WHERE kind = 'doctor') AS doctor
CROSS JOIN (
    SELECT id, {at} AS at, row_number() OVER (ORDER BY starts_at) AS number
    FROM appointment WHERE code LIKE 'HARD-%'
) AS slot
WHERE slot.number <= :full OR (doctor.number * 37 + slot.number * 11) % 100 < :percent
ORDER BY doctor.id, slot.at
"""


def _fill(database: Database, later_percent: int) -> int:
    """Write the claims in one statement, without indexes and guard; both are put back and prove them."""
    with database.writer.begin() as connection:
        indexes = sorted(metadata.tables["claim"].indexes, key=lambda index: str(index.name))
        for index in indexes:
            index.drop(connection)
        if database.is_sqlite:
            triggers = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'claim'")
            )
            for name in triggers.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            words = {
                "id": "printf('%032x', row_number() OVER ())",
                "at": "CAST(strftime('%s', starts_at) AS integer)",
            }
        else:
            connection.execute(text("ALTER TABLE claim DROP CONSTRAINT claim_no_overlap"))
            # The statement writes what the constraints ask for; checking each row anew takes a minute.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            words = {
                "id": "lpad(to_hex(row_number() OVER ()), 32, '0')::uuid",
                "at": "extract(epoch FROM starts_at)::bigint",
            }
        full = FULL_DAYS * len(slot_starts(date(2026, 1, 1))) // (DAYS + 1)

        filled = connection.execute(
            text(_FILL.format(**words)),
            {"length": MINUTES * 60, "full": full, "percent": later_percent},
        )
        for index in indexes:
            index.create(connection)
        schema.install_guards(connection)
    with database.writer.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return filled.rowcount
