"""Narrowing the slots by pool and language, and one tap for whichever doctor the pool chooses."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.duty.models import Pool
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.staff.models import MembershipLanguage
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.pools import make_pool
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

ANY = "Bác sĩ bất kỳ của nhóm"


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        made = make_booking_world(unit.session, doctors=3, patients=2, seats=3, visits=3)
        unit.session.add(MembershipLanguage(membership_id=made.doctors[1].ref, language_code="tay"))
        return made


@pytest.fixture
def pool(database: Database, world: BookingWorld) -> UUID:
    """The first two doctors."""
    with database.write() as unit:
        return make_pool(unit.session, world, (0, 1), name="Nội chung").id


@pytest.fixture
def nurse(database: Database, tmp_path: Path, clock: FixedClock, world: BookingWorld) -> Browser:
    app: FastAPI = build_app(database, tmp_path, clock)
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def narrow(nurse: Browser, visit: UUID, **chosen: str) -> str:
    return str(nurse.post(f"/visits/{visit}/slots", chosen).headers["location"])


def best(text: str) -> list[tuple[str, str]]:
    """Return value and doctor of the slots printed large."""
    return re.findall(r'class="best__slot"[^>]*value="([^"]+)".*?class="strong">([^<]+)<', text)


def doctors(text: str) -> set[str]:
    return set(re.findall(r'class="offer__who"><p class="strong">([^<]+)<', text))


def appointment_of(database: Database, visit: UUID) -> Appointment:
    with database.read() as unit:
        row = unit.session.exec(select(Appointment).where(Appointment.visit_id == visit)).one()
        unit.session.expunge(row)
        return row


def test_a_pool_leaves_its_own_doctors_and_offers_its_choice_first(
    nurse: Browser, world: BookingWorld, pool: UUID
) -> None:
    address = narrow(nurse, world.visits[0][0], pool=str(pool))
    assert str(pool) not in address
    text = nurse.get(address).text
    assert len(doctors(text)) == 3
    assert ANY in doctors(text)
    assert f'value="{world.doctors[2].ref}"' not in text
    assert [doctor for _, doctor in best(text)] == [ANY] * 3
    assert re.findall(r'best__time">([\d:]+)', text) == ["08:10", "08:30", "08:50"]
    assert ANY not in nurse.get(narrow(nurse, world.visits[0][0])).text


def test_one_tap_books_whom_the_pool_chooses(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    visit = world.visits[0][0]
    address = narrow(nurse, visit, pool=str(pool))
    value = best(nurse.get(address).text)[0][0]
    with database.write() as unit:
        world.book(unit.session, at("08:10"), now=unit.now, patient=1, doctor=0)
    held = nurse.post(f"/visits/{visit}/hold", {"slot": value, "pool": str(pool)}, page=address)
    row = appointment_of(database, visit)
    assert (row.doctor_membership_id, row.pool_id) == (world.doctors[1].ref, pool)
    assert "aria-pressed" in nurse.get(address).text
    done = nurse.post(held.headers["location"], {"version": "1", "patient_place": "station"})
    assert "Nhóm Nội chung chọn trong" in nurse.get(done.headers["location"]).text


def test_a_doctor_of_the_pool_can_be_had_by_name(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    visit = world.visits[0][0]
    address = narrow(nurse, visit, pool=str(pool))
    own = re.findall(rf'class="slot"[^>]*value="(\d+-{world.doctors[1].ref})"', nurse.get(address).text)
    nurse.post(f"/visits/{visit}/hold", {"slot": own[0], "pool": str(pool)}, page=address)
    row = appointment_of(database, visit)
    assert (row.doctor_membership_id, row.pool_id) == (world.doctors[1].ref, None)
    named = nurse.get(narrow(nurse, visit, pool=str(pool), doctor=str(world.doctors[1].ref))).text
    assert ANY not in named


def test_a_language_leaves_those_who_speak_it_and_the_pool_chooses_among_them(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    visit = world.visits[0][0]
    address = narrow(nurse, visit, pool=str(pool), language="tay")
    assert "tay" not in address.partition("?")[0]
    text = nurse.get(address).text
    assert len(doctors(text)) == 2
    tapped = {"slot": best(text)[0][0], "pool": str(pool)}
    for language in ("", "tay"):  # the first may choose anybody, the second moves the hold if it must
        sent = {**tapped, **({"language": language} if language else {})}
        nurse.post(f"/visits/{visit}/hold", sent, page=address)
    assert appointment_of(database, visit).doctor_membership_id == world.doctors[1].ref


def test_a_start_the_whole_pool_lost_leads_to_its_next_ones_with_everything_kept(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    visit = world.visits[0][0]
    address = narrow(nurse, visit, pool=str(pool), language="tay")
    value = best(nurse.get(address).text)[0][0]
    with database.write() as unit:
        world.book(unit.session, at("08:10"), now=unit.now, patient=1, doctor=1)
    sent = {"slot": value, "pool": str(pool), "language": "tay"}
    again = nurse.get(nurse.post(f"/visits/{visit}/hold", sent, page=address).headers["location"]).text
    assert "08:10 vừa có nơi khác đặt." in again
    assert re.findall(r'best__time">([\d:]+)', again) == ["08:30", "08:50", "09:10"]
    for kept in (f'name="pool" value="{pool}"', 'name="language" value="tay"'):
        assert kept in again


def test_a_pool_that_closed_and_a_language_nobody_speaks_narrow_nothing(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    visit = world.visits[0][0]
    address = narrow(nurse, visit, pool=str(pool), language="hmn")
    value = best(nurse.get(address).text)[0][0]
    with database.write() as unit:
        unit.session.get_one(Pool, pool).is_active = False
    assert len(doctors(nurse.get(address).text)) == 3
    lost = nurse.post(f"/visits/{visit}/hold", {"slot": value, "pool": str(pool)}, page=address)
    assert "Nhóm bác sĩ này không còn nhận lịch" in nurse.get(lost.headers["location"]).text
    bare = nurse.post(f"/visits/{visit}/hold", {"slot": value}, page=address)
    assert "không còn nhận khám" in nurse.get(bare.headers["location"]).text


def test_another_time_is_narrowed_the_same_way(
    nurse: Browser, world: BookingWorld, pool: UUID, database: Database
) -> None:
    with database.write() as unit:
        booked = world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0].pop())
    page = f"/appointments/{booked.id}/move"
    narrowed = nurse.post(page, {"pool": str(pool), "language": "tay"})
    text = nurse.get(narrowed.headers["location"]).text
    assert len(doctors(text)) == 1
    assert ANY not in text
