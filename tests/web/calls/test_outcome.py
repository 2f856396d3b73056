"""What a call has led to: told to the station while it runs, to both sides after it, to nobody else."""

import pytest
from fastapi import FastAPI

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.referrals.rules import Urgency
from telehealth.staff.actors import MembershipActor
from tests.support.app import Browser
from tests.support.referrals import ReferralWorld, make_referral_world
from tests.support.world import make_facility, make_member, make_sign_in


@pytest.fixture
def bus() -> Bus:
    """All that hears of what happens, before the application does."""
    return wiring.build_bus()


@pytest.fixture
def world(database: Database) -> ReferralWorld:
    """A booked visit and the hospital it may be referred to."""
    with database.write() as unit:
        return make_referral_world(unit.session, now=unit.now)


def sit_down(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def order(database: Database, world: ReferralWorld, what: str, when: When) -> None:
    with database.write() as unit:
        wanted = orders.Wanted(kind=OrderKind.OTHER, what=what, when=when)
        orders.write(unit.session, world.base.doctor, world.base.visit.id, wanted, now=unit.now)


def test_the_station_is_told_what_the_doctor_decides_and_what_is_to_be_done(
    app: FastAPI, database: Database, world: ReferralWorld
) -> None:
    """Given a call, when orders, a referral and a signature come, then the nurse's page tells them."""
    nurse = sit_down(app, database, world.base.nurse)
    here = f"/calls/{world.base.appointment.id}"
    page = nurse.get(here).text
    assert f'hx-get="{here}/outcome"' in page
    assert 'data-live="visit order referral task call"' in page

    def told() -> str:
        answer = nurse.get(f"{here}/outcome", x_live_refresh="1", hx_request="true", hx_target="outcome")
        assert answer.status_code == 200
        assert "<main" not in answer.text, "the part alone"
        return answer.text

    assert "Hồ sơ chưa ký" in told()
    assert "work__news" not in told()
    assert "later-ended" not in told()
    order(database, world, "Đo lại huyết áp", When.NOW)
    order(database, world, "Xét nghiệm máu", When.WEEK)
    with database.write() as unit:
        world.write(unit.session, now=unit.now, urgency=Urgency.EMERGENCY)
    before = told()
    assert "Chỉ định: Đo lại huyết áp" in before
    assert "Xét nghiệm máu" not in before, "what is only being written is nobody's yet"
    assert "Chuyển đến" not in before
    with database.write() as unit:
        world.base.write(unit.session, now=unit.now)
        world.base.sign(unit.session, now=unit.now)
    after = told()
    for words in ("đã ký hồ sơ lúc", "Tái khám", "Chỉ định: Xét nghiệm máu", "Chuyển đến BVĐK tỉnh"):
        assert words in after
    assert "Hồ sơ chưa ký" not in after
    assert 'id="later-ended" hx-swap-oob' in after, "it can no longer go on in writing"
    assert f'href="/visits/{world.base.visit.id}"' in after
    assert "/tasks" in after or "/orders/" in after, "where she goes on"


def test_the_doctor_is_led_to_the_record_and_reads_no_news_of_their_own(
    app: FastAPI, database: Database, world: ReferralWorld
) -> None:
    doctor = sit_down(app, database, world.base.doctor)
    here = f"/calls/{world.base.appointment.id}/outcome"
    assert f'href="/cases/{world.base.appointment.id}"' in doctor.get(here).text
    with database.write() as unit:
        world.send(unit.session, now=unit.now)
    signed = doctor.get(here).text
    assert f'href="/visits/{world.base.visit.id}"' in signed
    assert "/cases/" not in signed
    assert "work__news" not in signed


def test_what_a_call_led_to_is_told_to_nobody_else(
    app: FastAPI, database: Database, world: ReferralWorld
) -> None:
    with database.write() as unit:
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        world.send(unit.session, now=unit.now)
    here = f"/calls/{world.base.appointment.id}/outcome"
    for actor in (stranger, world.desk):
        assert sit_down(app, database, actor).get(here).status_code in {403, 404}
    assert Browser(app).get(here).status_code in {303, 401}
