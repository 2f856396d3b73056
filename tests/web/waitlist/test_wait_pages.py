"""The wait list on paper: joining without script, one tap to offer, one to answer."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.availability.service import add_service_type
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Visit
from telehealth.visits.service import VisitRequest, open_visit
from telehealth.waitlist import queries
from telehealth.waitlist.models import WaitlistEntry, WaitlistEvent
from tests.support.app import Browser, build_app
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_sign_in, make_specialty
from tests.telehealth.waitlist.world import WaitWorld, make_wait_world

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> WaitWorld:
    with database.write() as unit:
        return make_wait_world(unit.session)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


def browser(app: FastAPI, database: Database, actor: object) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))  # type: ignore[arg-type]


@pytest.fixture
def nurse(app: FastAPI, database: Database, world: WaitWorld) -> Browser:
    return browser(app, database, world.nurse)


@pytest.fixture
def coordinator(app: FastAPI, database: Database, world: WaitWorld) -> Browser:
    return browser(app, database, world.coordinator)


def join(nurse: Browser, world: WaitWorld, patient: int = 0, **more: str) -> None:
    form = {
        "whom": f"pool:{world.pool.id}",
        "earliest_on": "23/11/2026",
        "latest_on": "30/11/2026",
        "priority": "routine",
        **more,
    }
    sent = nurse.post(f"/visits/{world.visit(patient)}/waitlist", form)
    assert sent.headers["location"] == "/waitlist?done=joined", sent.text


def offer_first(coordinator: Browser) -> str:
    page = coordinator.get("/waitlist/asked").text
    action = re.search(r'action="(/waitlist/[^"]+/offer)"', page)
    slot = re.search(r'name="slot" value="([^"]+)"', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert action
    assert slot
    assert version
    form = {"slot": slot[1], "version": version[1]}
    return coordinator.post(action[1], form, page="/waitlist/asked").headers["location"]


def answer(nurse: Browser, kind: str) -> str:
    page = nurse.get("/waitlist").text
    action = re.search(rf'action="(/waitlist/[^"]+/{kind})"', page)
    assert action
    return nurse.post(action[1], {"version": "2"}, page="/waitlist").headers["location"]


def test_the_page_of_times_and_an_appointment_lead_to_the_form(
    nurse: Browser, world: WaitWorld, database: Database
) -> None:
    visit = world.visit(0)
    assert f'href="/visits/{visit}/waitlist"' in nurse.get(f"/visits/{visit}/slots").text
    with database.write() as unit:
        booked = world.book(unit.session, at("09:30", days=5), patient=0)
    assert f'href="/visits/{visit}/waitlist"' in nurse.get(f"/appointments/{booked.id}").text
    form = nurse.get(f"/visits/{visit}/waitlist").text
    assert 'value="28/11/2026"' in form  # until the day that is booked
    assert "Nội tổng quát" in form


@pytest.mark.parametrize("specialty", [None, "surgery"])
def test_who_is_booked_waits_for_the_same_doctor_unless_told_otherwise(
    nurse: Browser, world: WaitWorld, database: Database, specialty: str | None
) -> None:
    doctor = world.booking.doctors[1].ref
    with database.write() as unit:
        world.book(unit.session, at("09:30", days=5), patient=0, doctor=1)
        make_specialty(unit.session, "surgery", "Ngoại")
        unit.session.get_one(Visit, world.visit(0)).specialty_code = specialty
    page = f"/visits/{world.visit(0)}/waitlist"
    chosen = re.findall(r'<option value="([^"]+)" selected', nurse.get(page).text)
    assert chosen[0] == f"doctor:{doctor}"
    join(nurse, world, whom=chosen[0])
    with database.read() as unit:
        assert unit.session.exec(select(WaitlistEntry.doctor_membership_id)).one() == doctor


def test_one_tap_offers_and_one_tap_takes(
    nurse: Browser, coordinator: Browser, world: WaitWorld, database: Database
) -> None:
    with database.write() as unit:
        later = world.book(unit.session, at("09:30", days=5), patient=0)
    join(nurse, world)
    assert "Lý Thị 0" in nurse.get("/waitlist").text
    assert offer_first(coordinator) == "/waitlist/asked?done=offered"
    for page in (nurse.get("/today").text, nurse.get("/waitlist").text):
        assert "Có giờ sớm hơn: 09:30, hôm nay" in page
        assert "30:00" in page
    assert "hỏi người bệnh" in nurse.get("/tasks").text
    where = answer(nurse, "accept")
    assert where.endswith("?done=booked")
    assert "09:30" in nurse.get(where).text
    with database.read() as unit:
        assert unit.session.get_one(Appointment, later.id).cancel_reason == "moved_earlier"
    assert "Dời sang giờ sớm hơn".lower() in nurse.get(f"/appointments/{later.id}").text
    assert "Có giờ sớm hơn" not in nurse.get("/today").text


def test_the_coordinator_is_not_told_who_it_is(
    nurse: Browser, coordinator: Browser, world: WaitWorld
) -> None:
    join(nurse, world, priority="urgent")
    page = coordinator.get("/waitlist/asked").text
    assert "Người bệnh của Trạm Y tế xã Phủ Thông" in page
    assert "Lý Thị 0" not in page
    assert "Đau gối" not in page
    assert coordinator.get("/waitlist").headers["location"] == "/waitlist/asked"


def test_one_tap_takes_an_offer_back(
    nurse: Browser, coordinator: Browser, world: WaitWorld, database: Database
) -> None:
    join(nurse, world)
    offer_first(coordinator)
    asked = coordinator.get("/waitlist/asked").text
    action, version = re.findall(
        r'action="(/waitlist/[^"]+/take-back)".*?name="version" value="(\d+)"', asked
    )[0]
    assert "take-back" not in nurse.get("/waitlist").text
    late = coordinator.post(action, {"version": "1"}, page="/waitlist/asked")
    assert late.headers["location"] == "/waitlist/asked?refused=stale-version"
    done = coordinator.post(action, {"version": version}, page="/waitlist/asked")
    assert done.headers["location"] == "/waitlist/asked?done=taken_back"
    assert "Đã rút lời mời" in coordinator.get(done.headers["location"]).text
    assert "Có giờ sớm hơn" not in nurse.get("/today").text
    with database.read() as unit:
        entry, held = (
            unit.session.exec(select(WaitlistEntry)).one(),
            unit.session.exec(select(Appointment)).one(),
        )
        assert (entry.state, entry.offer_appointment_id, held.status) == ("waiting", None, "cancelled")
        history = unit.session.exec(select(WaitlistEvent).order_by(WaitlistEvent.seq)).all()
        assert [row.command for row in history] == ["join", "offer", "take_back"]
        audited = unit.session.exec(
            select(AuditEntry)
            .where(AuditEntry.subject_kind == "waitlist_entry")
            .order_by(AuditEntry.recorded_at, AuditEntry.id)
        ).all()
        assert audited[-1].action == "waitlist.coordinate"


@pytest.mark.parametrize(("kind", "state"), [("pass", "waiting"), ("decline", "declined")])
def test_an_answer_that_is_no_gives_the_time_back(
    nurse: Browser, coordinator: Browser, world: WaitWorld, database: Database, kind: str, state: str
) -> None:
    join(nurse, world)
    offer_first(coordinator)
    assert answer(nurse, kind).startswith("/waitlist?done=")
    with database.read() as unit:
        assert unit.session.exec(select(WaitlistEntry)).one().state == state


def test_an_answer_that_comes_too_late_says_so(
    nurse: Browser, coordinator: Browser, world: WaitWorld, clock: FixedClock, database: Database
) -> None:
    join(nurse, world)
    offer_first(coordinator)
    entry_page = nurse.get("/waitlist").text
    action = re.search(r'action="(/waitlist/[^"]+/accept)"', entry_page)
    assert action
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', entry_page)
    assert token
    clock.advance(minutes=14)
    nurse.get("/today")
    clock.advance(minutes=14)
    nurse.get("/today")
    clock.advance(minutes=3)
    late = nurse.client.post(action[1], data={"csrf_token": token[1], "version": "2"})
    assert late.headers["location"] == "/waitlist?refused=hold-expired"
    assert "Đã quá giờ trả lời" in nurse.get(late.headers["location"]).text


def test_a_gap_that_is_gone_leads_back_to_the_newest_list(
    nurse: Browser, coordinator: Browser, world: WaitWorld, database: Database
) -> None:
    join(nurse, world, whom=f"doctor:{world.booking.doctors[0].ref}")
    page = coordinator.get("/waitlist/asked").text
    action = re.search(r'action="(/waitlist/[^"]+/offer)"', page)
    slot = re.search(r'name="slot" value="([^"]+)"', page)
    assert action
    assert slot
    with database.write() as unit:
        world.book(unit.session, at("09:30"), patient=1)
    sent = coordinator.post(action[1], {"slot": slot[1], "version": "1"}, page="/waitlist/asked")
    assert sent.headers["location"] == "/waitlist/asked?refused=slot-taken"
    assert "vừa có nơi khác đặt" in coordinator.get(sent.headers["location"]).text


def test_while_the_station_keeps_another_time_the_coordinator_is_told_so(
    nurse: Browser, coordinator: Browser, world: WaitWorld, database: Database
) -> None:
    """The tap ended on a page that advised to change an appointment there was none of."""
    join(nurse, world)
    with database.write() as unit:
        wanted = {"patient": 0, "visit_id": world.visit(0), "doctor": 1}
        world.booking.hold(unit.session, at("09:30", days=4), now=unit.now, **wanted)
    assert offer_first(coordinator) == "/waitlist/asked?refused=visit-has-appointment"
    shown = coordinator.get("/waitlist/asked?refused=visit-has-appointment").text
    assert "Trạm đang giữ một giờ khác cho người này" in shown


def test_a_form_that_is_wrong_keeps_what_was_typed(nurse: Browser, world: WaitWorld) -> None:
    path = f"/visits/{world.visit(0)}/waitlist"
    form = {"whom": f"pool:{world.pool.id}", "earliest_on": "23/11/2026", "latest_on": "22/11/2026"}
    sent = nurse.post(path, form)
    assert sent.status_code == 422
    assert 'value="22/11/2026"' in sent.text
    assert "Khoảng ngày chờ chưa đúng" in sent.text
    assert nurse.post(path, {**form, "latest_on": "30/11"}).status_code == 422


def test_leaving_the_list(nurse: Browser, world: WaitWorld) -> None:
    join(nurse, world)
    page = nurse.get("/waitlist").text
    action = re.search(r'action="(/waitlist/[^"]+/leave)"', page)
    assert action
    left = nurse.post(action[1], {"version": "1"}, page="/waitlist")
    assert left.headers["location"] == "/waitlist?done=left"
    assert "Không có ai đang chờ" in nurse.get("/waitlist").text


def test_a_doctor_has_no_wait_list(app: FastAPI, database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        doctor = make_doctor(unit.session)
    assert browser(app, database, doctor).get("/waitlist").status_code == 403


def test_the_coordinators_list_is_one_of_the_tabs_of_work(coordinator: Browser) -> None:
    page = coordinator.get("/waitlist/asked").text
    assert re.search(r'href="/waitlist" aria-current="true"', page)
    assert re.search(r'href="/tasks" aria-current="page"', page)


def test_the_coordinators_list_does_not_end_in_silence(
    nurse: Browser, coordinator: Browser, world: WaitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patient in range(3):
        join(nurse, world, patient)
    words = "Còn 2 lượt khám chờ xếp sau"
    assert words not in coordinator.get("/waitlist/asked").text
    monkeypatch.setattr(queries, "LISTED", 1)
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    assert words in coordinator.get("/waitlist/asked").text
    assert "Còn 2 lượt chờ xếp sau chưa được so với giờ trống" in coordinator.get("/waitlist/asked").text


def test_the_times_of_one_day_that_fit_the_same_people_are_one_card(
    nurse: Browser, coordinator: Browser, world: WaitWorld
) -> None:
    join(nurse, world)
    page = coordinator.get("/waitlist/asked").text
    cards = page.partition('id="gaps-title"')[2].partition("<aside")[0]
    times = re.findall(r'name="slot" value="([^"]+)"', cards)
    heads = re.findall(r"<h3>(.*?)</h3>", cards)
    assert len(times) > len(heads) > 0
    assert len(set(times)) == len(times)


def test_what_was_looked_for_is_what_is_waited_for(
    nurse: Browser, world: WaitWorld, database: Database
) -> None:
    with database.write() as unit:
        asked = add_service_type(unit.session, "hoi_chan", duration_minutes=40, step_minutes=20).id
        wanted = VisitRequest(
            patient_id=world.booking.patients[0],
            consult_kind=ConsultKind.FACILITY_SUPPORT,
            reason="Đau ngực",
        )
        visit = open_visit(unit.session, world.nurse, wanted, now=unit.now).id
    page = f"/visits/{visit}/slots"
    listed = nurse.get(nurse.post(page, {"service": "hoi_chan"}).headers["location"]).text
    found = re.search(rf'href="(/visits/{visit}/waitlist[^"]*)"', listed)
    assert found
    assert "hoi_chan" not in found[1]
    form = {"whom": f"pool:{world.pool.id}", "earliest_on": "23/11/2026", "latest_on": "30/11/2026"}
    sent = nurse.post(found[1], {**form, "priority": "routine"})
    assert sent.headers["location"] == "/waitlist?done=joined", sent.text
    with database.read() as unit:
        entry = unit.session.exec(select(WaitlistEntry).where(WaitlistEntry.visit_id == visit)).one()
        assert entry.service_type_id == asked
