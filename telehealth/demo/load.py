"""Loading the demo through the same services that pages use; a second load changes nothing."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from telehealth import reference
from telehealth.availability.rules import ResourceKind
from telehealth.availability.schemas import HolidayImport
from telehealth.availability.service import (
    add_opening,
    add_rule,
    ensure_resource,
    import_holidays,
)
from telehealth.consents.rules import Agreement, GivenBy, How, Purpose
from telehealth.consents.service import record_consent
from telehealth.demo import rows
from telehealth.demo.asked import ask
from telehealth.demo.cases import load_cases
from telehealth.demo.treated import treat
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.schemas import FacilityImport
from telehealth.facilities.service.load import import_facilities
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.policy import policy_of
from telehealth.kit.security import Passwords
from telehealth.patients.rules import Relation
from telehealth.patients.service import register
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Staff
from telehealth.staff.queries import find_membership_actor
from telehealth.staff.rules import DEMO_PASSWORD, DEMO_PIN, Role
from telehealth.staff.service import add_membership, create_staff

FOLDER = Path(__file__).parent
HOLIDAYS = FOLDER.parent / "availability" / "data" / "holidays-vn.toml"

Say = Callable[[str], None]


def load(database: Database, *, say: Say) -> bool:
    """Load places, people and patients into an empty database; return whether anything was loaded."""
    with database.read() as unit:
        if unit.session.exec(select(Staff.id).limit(1)).first() is not None:
            return False
    hashes = _hashes()
    with database.write() as unit:
        session, now = unit.session, unit.now
        reference.load(session, now=now)
        import_holidays(session, SYSTEM, _holidays(), now=now)
        facilities = _facilities(session, now)
        say(f"  {len(facilities)} cơ sở y tế · facilities")
        members, doctors = _people(session, facilities, hashes, now)
        _pools(session, facilities, doctors, now)
        say(f"  {sum(map(len, members.values()))} nhân viên · members of staff")
        known = _patients(session, members, now)
        count = sum(map(len, known.values()))
        say(f"  {count} người bệnh (đều là tên đặt ra) · patients (all invented)")
        treat(session, members, doctors, now=now)
        rounds = ask(session, members, now=now)
        say(f"  {rounds} lần hỏi sau khám · rounds of questions after a visit")
        cases = load_cases(
            session, _nurse(members["vi-huong"]), known["vi-huong"], facilities["bac-kan"], now=now
        )
        say(f"  {cases} lượt khám đang chờ bác sĩ trả lời · visits waiting for an answer")
    return True


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def _holidays() -> HolidayImport:
    return HolidayImport.model_validate(tomllib.loads(HOLIDAYS.read_text("utf-8")))


def _hashes() -> dict[str, str]:
    """Hash the demo's password and PIN once: they are no secret, and argon2 is slow by design."""
    passwords = Passwords()
    return {"password_hash": passwords.hash(DEMO_PASSWORD), "pin_hash": passwords.hash(DEMO_PIN)}


def _facilities(session: Session, now: datetime) -> dict[str, UUID]:
    data = FacilityImport.model_validate(_read("facilities"))
    return import_facilities(session, SYSTEM, data, now=now).ids


def _people(
    session: Session, facilities: dict[str, UUID], hashes: dict[str, str], now: datetime
) -> tuple[dict[str, list[MembershipActor]], dict[str, UUID]]:
    """Create everybody with hours; return members by the key of their facility, doctors by user name."""
    data = _read("people")
    today = policy_of(session).local_date(now)
    since = today - timedelta(days=1)  # whoever was on night duty yesterday still is, before dawn
    _open(session, facilities, data["opening"], since)
    members: dict[str, list[MembershipActor]] = {}
    doctors: dict[str, UUID] = {}
    for person in data["person"]:
        staff = create_staff(
            session, full_name=person["name"], username=person["username"], now=now, is_demo=True, **hashes
        )
        facility_id = facilities[person["facility"]]
        membership = add_membership(session, staff.id, rows.post(person, facility_id), on=since)
        actor = find_membership_actor(session, membership.id, today=today)
        if actor is not None:
            members.setdefault(person["facility"], []).append(actor)
        if person["role"] == Role.DOCTOR:
            doctors[person["username"]] = membership.id
            doctor = ensure_resource(session, ResourceKind.DOCTOR, membership.id, facility_id=facility_id)
            doctor.works_holidays = person["hours"] in data["duty"]["over_holidays"]
            for weekday in range(7):
                for start, end in data["hours"][person["hours"]]:
                    add_rule(
                        session, doctor, weekday=weekday, start_minute=start, end_minute=end, valid_from=since
                    )
    return members, doctors


def _open(
    session: Session, facilities: dict[str, UUID], opening: dict[str, list[list[int]]], since: date
) -> None:
    """Write down when stations are open, every day of the week alike."""
    for key, spans in opening.items():
        for weekday, (start, end) in product(range(7), spans):
            add_opening(
                session,
                facilities[key],
                weekday=weekday,
                start_minute=start,
                end_minute=end,
                valid_from=since,
            )


def _pools(session: Session, facilities: dict[str, UUID], doctors: dict[str, UUID], now: datetime) -> None:
    """Create the pools, in an order in which those that others escalate to come first."""
    since = policy_of(session).local_date(now) - timedelta(days=1)  # as for hours: duty before dawn
    pools: dict[str, UUID] = {}
    for row in _read("pools")["pool"]:
        pool = add_pool(
            session,
            facilities[row["facility"]],
            row["name"],
            specialty_code=row.get("specialty"),
            escalates_to=pools.get(row.get("escalates_to", "")),
            now=now,
        )
        pools[row["key"]] = pool.id
        for username in row["members"]:
            add_member(session, pool, doctors[username], on=since)


def _nurse(members: list[MembershipActor]) -> MembershipActor:
    return next(each for each in members if each.role is Role.STATION_NURSE)


def _patients(
    session: Session, members: dict[str, list[MembershipActor]], now: datetime
) -> dict[str, list[UUID]]:
    """Register everybody with their consents; return patients by the key of their station."""
    today = policy_of(session).local_date(now)
    known: dict[str, list[UUID]] = {}
    for row in _read("patients")["patient"]:
        nurse = _nurse(members[row["facility"]])
        patient = register(session, nurse, rows.registration(row, today=today), now=now)
        given_by = GivenBy.GUARDIAN if "guardian" in row else GivenBy.PATIENT
        agreement = Agreement(
            given_by=given_by,
            how=How.SPOKEN,
            guardian_name=row.get("guardian", ""),
            guardian_relation=Relation(row["relation"]) if "guardian" in row else None,
        )
        purposes = [Purpose.TREATMENT, Purpose.DATA, *([Purpose.SMS] if "phone" in row else [])]
        for purpose in purposes:
            record_consent(session, nurse, patient.id, purpose, agreement, now=now)
        known.setdefault(row["facility"], []).append(patient.id)
    return known
