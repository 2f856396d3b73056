"""Checks in the database: tickets, bounds, whose they are, who sees them, how long they stay."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.ids import new_id
from telehealth.lines import service
from telehealth.lines.errors import CheckNotFoundError, CheckOverError, ChecksTooManyError
from telehealth.lines.jobs import forget_checks
from telehealth.lines.models import LineCheck
from telehealth.lines.ports import LinePorts
from telehealth.lines.queries import found_of, list_latest
from telehealth.lines.rules import FINISH_WITHIN, KEPT, MOST_BEGUN, TICKET_LIFE, Found, Way
from telehealth.links.queries import find_actor
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support import world
from tests.support.app import api_client, build_app
from tests.support.calls import book_call, open_on_phone
from tests.support.clock import FixedClock

FOUND = Found(socket_ms=50, rtt_ms=80, up_kbps=900, down_kbps=1500, up_lost=3, direct=Way.OK)


@dataclass
class Region:
    """A centre that supports a station with a point; and a station elsewhere."""

    station: Facility
    nurse: MembershipActor
    at_point: MembershipActor
    coordinator: MembershipActor
    elsewhere: MembershipActor


@pytest.fixture
def region(database: Database) -> Region:
    with database.write() as unit:
        session = unit.session
        station = world.make_facility(session)
        point = world.make_facility(session, name="Điểm trạm Vi Hương")
        centre = world.make_facility(session, name="TTYT khu vực Bạch Thông", tier="regional", level="basic")
        other = world.make_facility(session, name="Trạm Y tế xã Hướng Phùng")
        world.make_edge(session, "is_point_of", point, station)
        world.make_edge(session, "supports", station, centre)
        return Region(
            station,
            world.make_member(session, station),
            world.make_member(session, point),
            world.make_member(session, centre, role=Role.COORDINATOR),
            world.make_member(session, other),
        )


def check(database: Database, actor: MembershipActor, found: Found = FOUND) -> LineCheck:
    with database.write() as unit:
        begun, ticket = service.begin(unit.session, actor, now=unit.now)
    assert LinePorts(database).redeem(ticket, now=database.clock.now()) is not None
    with database.write() as unit:
        return service.finish(unit.session, actor, begun.id, found, now=unit.now)


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(LineCheck)).one()


def test_a_check_is_kept_with_its_verdict_for_the_station(database: Database, region: Region) -> None:
    done = check(database, region.nurse)
    with database.read() as unit:
        (kept,) = list_latest(unit.session, region.station.id, limit=5)
        assert (kept.id, kept.mode, found_of(kept)) == (done.id, "video", FOUND)
        assert list_latest(unit.session, region.elsewhere.here, limit=5) == []


def test_a_ticket_opens_one_socket_within_a_minute(
    database: Database, region: Region, clock: FixedClock
) -> None:
    ports = LinePorts(database)
    with database.write() as unit:
        begun, ticket = service.begin(unit.session, region.nurse, now=unit.now)
        _, late = service.begin(unit.session, region.nurse, now=unit.now)
    access = ports.redeem(ticket, now=clock.now())
    assert access is not None
    assert (access.check_id, access.may_relay) == (begun.id, True)
    assert ports.redeem(ticket, now=clock.now()) is None
    assert ports.redeem("x" * 43, now=clock.now()) is None
    assert ports.redeem(late, now=clock.now() + TICKET_LIFE) is None


def test_a_patient_s_phone_gets_no_relay_and_counts_for_no_station(database: Database) -> None:
    with database.write() as unit:
        call = book_call(unit.session, now=unit.now)
        phone = open_on_phone(unit.session, call, now=unit.now)
    with database.write() as unit:
        actor = find_actor(unit.session, phone.opening_id, phone.cookie, now=unit.now)
        assert actor is not None
        begun, ticket = service.begin(unit.session, actor, now=unit.now)
        assert begun.facility_id is None
    access = LinePorts(database).redeem(ticket, now=database.clock.now())
    assert access is not None
    assert not access.may_relay


def test_only_who_began_a_check_finishes_it_once_and_in_time(
    database: Database, region: Region, clock: FixedClock
) -> None:
    done = check(database, region.nurse)
    with database.write() as unit:
        begun, _ = service.begin(unit.session, region.nurse, now=unit.now)
        for actor, check_id in ((region.elsewhere, begun.id), (region.nurse, new_id())):
            with pytest.raises(CheckNotFoundError):
                service.finish(unit.session, actor, check_id, FOUND, now=unit.now)
        with pytest.raises(CheckOverError):
            service.finish(unit.session, region.nurse, done.id, FOUND, now=unit.now)
        with pytest.raises(CheckOverError):
            service.finish(unit.session, region.nurse, begun.id, FOUND, now=unit.now + FINISH_WITHIN)


def test_who_checks_again_and_again_is_told_to_wait(
    database: Database, region: Region, clock: FixedClock
) -> None:
    with database.write() as unit:
        for _ in range(MOST_BEGUN):
            service.begin(unit.session, region.nurse, now=unit.now)
        with pytest.raises(ChecksTooManyError):
            service.begin(unit.session, region.nurse, now=unit.now)
        service.begin(unit.session, region.at_point, now=unit.now)
    clock.advance(minutes=10)
    with database.write() as unit:
        service.begin(unit.session, region.nurse, now=unit.now)


def test_a_coordinator_sees_the_stations_below_and_no_others(database: Database, region: Region) -> None:
    for actor in (region.nurse, region.at_point, region.elsewhere):
        check(database, actor)
    with database.read() as unit:
        seen = {each.station_id for each in service.report(unit.session, region.coordinator, now=unit.now)}
        assert seen == {region.nurse.here, region.at_point.here}
        with pytest.raises(ForbiddenError):
            service.report(unit.session, region.nurse, now=unit.now)


def test_old_checks_are_forgotten(database: Database, region: Region, clock: FixedClock) -> None:
    check(database, region.nurse)
    clock.advance(days=KEPT.days - 1)
    check(database, region.nurse)
    assert forget_checks(database) == 0
    clock.advance(days=2)
    assert forget_checks(database) == 1
    with database.read() as unit:
        assert count(unit.session) == 1
        assert service.report(unit.session, region.coordinator, now=unit.now + timedelta(days=20)) == []


def test_a_program_of_the_coordinator_reads_the_same(
    database: Database, region: Region, tmp_path: Path, clock: FixedClock
) -> None:
    check(database, region.nurse)
    with database.write() as unit:
        token = world.make_token(unit.session, region.coordinator, now=unit.now)
        foreign = world.make_token(unit.session, region.nurse, now=unit.now)
    app = build_app(database, tmp_path, clock)
    (station,) = api_client(app, token).get("/api/v1/reports/lines").json()
    assert station["station_facility_id"] == str(region.station.id)
    assert (station["last_mode"], station["kbps"], station["checks"]) == ("video", 900, 1)
    assert station["days"] == [{"on": "2026-11-23", "kbps": 900}]
    assert api_client(app, foreign).get("/api/v1/reports/lines").status_code == 403
