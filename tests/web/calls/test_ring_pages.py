"""Rings into a call as pages show them: at the head of staff pages, in the call, and what guests see."""

import re
from html import unescape

import pytest
from fastapi import FastAPI

from telehealth.calls import arriving, queries, service
from telehealth.calls.ringing import RingPurpose, RingWhom
from telehealth.calls.rules import EventKind
from telehealth.calls.states import RoomState
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, Response
from tests.support.calls import BookedCall, book_call
from tests.support.world import make_doctor, make_member, make_sign_in
from web.calls.record import NOT_TOLD
from web.i18n import LANGUAGES, has_text


@pytest.fixture
def call(database: Database) -> BookedCall:
    """A booked call that the doctor has begun."""
    with database.write() as unit:
        call = book_call(unit.session, now=unit.now)
        service.issue_ticket(unit.session, call.doctor, call.appointment.id, now=unit.now)
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        member = queries.find_member(unit.session, room.id, call.doctor.ref, call.doctor.ref)
        assert member is not None
        held = arriving.lock(unit.session, room.id)
        service.join(unit.session, held, member.id, arrival=1, resume_hash="h", at=unit.now, now=unit.now)
        assert room.state == RoomState.LIVE
        if unit.session.get_one(Appointment, call.appointment.id).status != AppointmentState.IN_PROGRESS:
            scheduling.start(unit.session, call.doctor, call.appointment.id, now=unit.now)
        return call


def sit_down(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def colleague_of(database: Database, call: BookedCall, role: Role = Role.DOCTOR) -> MembershipActor:
    with database.write() as unit:
        house = unit.session.get_one(Facility, call.doctor.facility_id)
        if role is Role.DOCTOR:
            return make_doctor(unit.session, house, name="Lường Thu Hà")
        return make_member(unit.session, house, role=role)


def ask(database: Database, call: BookedCall, whom: MembershipActor, purpose: RingPurpose) -> None:
    with database.write() as unit:
        appointment = call.appointment.id
        service.ask_in(unit.session, call.doctor, appointment, whom.ref, purpose, now=unit.now)


def action(html: str, end: str) -> str:
    found = re.search(rf'action="(/call-rings/[^"]+/{end})"', html)
    assert found is not None
    return unescape(found[1])


def come(browser: Browser, rings: str) -> Response:
    """Accept what rings; returns the call's page."""
    accepted = browser.post(action(rings, "accept"), page="/ring")
    assert accepted.status_code == 303
    page = browser.get(accepted.headers["location"])
    assert page.status_code == 200
    return page


def test_a_doctor_chooses_whom_to_ask_in_and_sees_the_answer(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    colleague = colleague_of(database, call)
    doctor = sit_down(app, database, call.doctor)
    page = doctor.get(f"{call.path}/colleagues")
    assert page.status_code == 200
    assert "Lường Thu Hà" in page.text
    wanted = {"membership_id": str(colleague.ref), "purpose": "hand_over"}
    asked = doctor.post(f"{call.path}/ask", wanted, page=f"{call.path}/colleagues")
    assert "Đang đổ chuông" in asked.text
    rung = sit_down(app, database, colleague).get("/ring").text
    assert "xin bàn giao một cuộc gọi" in rung
    assert "Bàn Thị Nái" not in rung, "a ring names no patient"
    assert "call-" in re.findall(r'data-ringing="([^"]*)"', rung)[0], "it sounds"


def test_who_accepts_is_the_doctor_and_has_the_record_beside_the_call(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    colleague = colleague_of(database, call)
    ask(database, call, colleague, RingPurpose.HAND_OVER)
    browser = sit_down(app, database, colleague)
    rings = browser.get("/ring").text
    came = come(browser, rings)
    assert f'hx-get="/cases/{call.appointment.id}"' in came.text
    before = sit_down(app, database, call.doctor).get(call.path).text
    assert f'hx-get="/cases/{call.appointment.id}"' not in before, "who gave it over writes nothing more"
    assert 'data-dialog="ask-in"' not in before


def test_an_interpreter_finds_the_call_and_no_record(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse = colleague_of(database, call, Role.STATION_NURSE)
    ask(database, call, nurse, RingPurpose.INTERPRETER)
    browser = sit_down(app, database, nurse)
    assert browser.get(call.path).status_code == 404, "rung is not yet asked in"
    came = come(browser, browser.get("/ring").text)
    assert "/cases/" not in came.text
    assert "/visits/" not in came.text
    assert browser.get(f"/visits/{call.appointment.visit_id}").status_code == 404


def test_a_colleague_asked_for_advice_reads_the_record_beside_the_call(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    colleague = colleague_of(database, call)
    ask(database, call, colleague, RingPurpose.COLLEAGUE)
    browser = sit_down(app, database, colleague)
    came = come(browser, browser.get("/ring").text)
    assert f'href="/visits/{call.appointment.visit_id}"' in came.text
    assert browser.get(f"/visits/{call.appointment.visit_id}").status_code == 200


def test_a_missing_station_is_rung_and_says_no(app: FastAPI, database: Database, call: BookedCall) -> None:
    with database.write() as unit:
        service.ring_missing(unit.session, call.doctor, call.appointment.id, RingWhom.STATION, now=unit.now)
    nurse = sit_down(app, database, call.nurse)
    rings = nurse.get("/ring").text
    assert "đang đợi trong cuộc gọi" in rings
    assert nurse.post(action(rings, "decline"), page="/ring").status_code == 303
    assert "đang đợi trong cuộc gọi" not in nurse.get("/ring").text


def test_a_script_is_told_in_words_why_nobody_is_rung(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    doctor = sit_down(app, database, call.doctor)
    proof = {"X-CSRF-Token": re.findall(r'data-csrf="([^"]*)"', doctor.get(call.path).text)[0]}
    first, again, unknown = (
        doctor.client.post(f"{call.path}/ring", data={"whom": whom}, headers=proof)
        for whom in ("station", "station", "nobody")
    )
    assert first.status_code == 204
    assert (again.status_code, unknown.status_code) == (429, 422)
    assert "Đợi 30 giây" in again.json()["detail"]


def test_what_was_written_in_a_call_is_read_at_the_visit_by_those_who_may(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    with database.write() as unit:
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        (member, *_) = queries.list_members(unit.session, room.id)
        service.keep_chat(
            unit.session,
            room,
            line_id=member.id,
            member_id=member.id,
            display_name=member.display_name,
            text="SpO₂ 92 %, đã thở oxy",
            at=unit.now,
            now=unit.now,
        )
    path = f"/visits/{call.appointment.visit_id}/call"
    nurse = sit_down(app, database, call.nurse)
    assert f'href="{path}"' in nurse.get(f"/visits/{call.appointment.visit_id}").text
    page = nurse.get(path).text
    assert "SpO₂ 92 %, đã thở oxy" in page
    assert "Cuộc gọi bắt đầu" in page
    stranger = sit_down(app, database, colleague_of(database, call))
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize("kind", [each for each in EventKind if each not in NOT_TOLD])
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_whatever_a_journal_tells(kind: EventKind, language: str) -> None:
    assert has_text(f"calls.record.{kind}", language)


def test_the_journal_at_the_visit_tells_of_cameras_and_of_levels(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    with database.write() as unit:
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        (member, *_) = queries.list_members(unit.session, room.id)
        told = ((EventKind.PICTURE, "off"), (EventKind.PICTURE, "on"), (EventKind.LEVEL, "audio:loss:doctor"))
        lines = [(room.id, member.id, kind, reason, unit.now) for kind, reason in told]
        service.jot(unit.session, lines, now=unit.now)
    page = sit_down(app, database, call.nurse).get(f"/visits/{call.appointment.visit_id}/call")
    assert page.status_code == 200
    for words in ("tắt hình", "bật hình", "chỉ còn tiếng"):
        assert f"{member.display_name} {words}" in page.text or f"{member.display_name}: {words}" in page.text
