"""Photos of a call are listed again on a page that is opened anew, to those alone who may see them."""

import json
import re
from html import unescape
from uuid import UUID

import pytest
from fastapi import FastAPI

from telehealth import wiring
from telehealth.calls import arriving, queries
from telehealth.calls import service as calls
from telehealth.calls.ringing import RingPurpose
from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.links.queries import find_actor
from telehealth.visits.attachments import Source
from telehealth.visits.service import withdraw_attachment
from tests.support.app import Browser
from tests.support.attachments import MemoryStorage, make_attachment
from tests.support.calls import BookedCall, Phone, open_on_phone
from tests.support.world import make_doctor, make_sign_in


@pytest.fixture
def bus() -> Bus:
    """All that hears of what happens, before the application does."""
    return wiring.build_bus()


def send(database: Database, call: BookedCall, by: Actor, source: Source) -> UUID:
    with database.write() as unit:
        visit_id = call.appointment.visit_id
        return make_attachment(unit.session, MemoryStorage(), by, visit_id, source=source, now=unit.now).id


def listed(html: str) -> dict[str, str]:
    """Return the photos a call's page lists, with what it says of each, in their order."""
    rows = re.findall(r'<li data-id="([^"]+)">.*?data-part="name">([^<]*)<', html)
    return {photo: unescape(name) for photo, name in rows}


def on_phone(app: FastAPI, phone: Phone) -> Browser:
    browser = Browser(app)
    browser.client.cookies.set("phone", phone.cookie)
    return browser


def stage_of(browser: Browser, phone: Phone) -> str:
    setup = re.search(r'data-setup="([^"]*)"', browser.get(phone.call).text)
    assert setup is not None
    return browser.get(json.loads(unescape(setup[1]))["stage"]["page"]).text


def test_photos_of_the_call_stand_there_again(app: FastAPI, database: Database, call: BookedCall) -> None:
    with database.write() as unit:
        phone = open_on_phone(unit.session, call, now=unit.now)
        link = find_actor(unit.session, phone.opening_id, phone.cookie, now=unit.now)
        assert link is not None
    hers = send(database, call, call.nurse, Source.CALL)
    theirs = send(database, call, link, Source.CALL)
    waiting = send(database, call, link, Source.WAITING)
    send(database, call, call.doctor, Source.RECORD)
    gone = send(database, call, call.doctor, Source.CALL)
    with database.write() as unit:
        withdraw_attachment(unit.session, call.doctor, gone, now=unit.now)
        tokens = {
            who: make_sign_in(unit.session, getattr(call, who), now=unit.now) for who in ("nurse", "doctor")
        }

    pages = {who: listed(Browser(app, token).get(call.path).text) for who, token in tokens.items()}
    name = f"{call.nurse.title} {call.nurse.full_name}".strip()
    assert pages["nurse"] == {str(theirs): "Người bệnh gửi", str(hers): "Ảnh mình gửi"}
    assert list(pages["nurse"]) == [str(theirs), str(hers)], "the latest first"
    assert pages["doctor"] == {str(theirs): "Người bệnh gửi", str(hers): name}

    mine = on_phone(app, phone)
    assert listed(stage_of(mine, phone)) == {str(theirs): "Ảnh mình gửi"}, "a phone sees what it sent"
    room = mine.get(phone.call).text
    for each in (theirs, waiting):
        assert f"/photos/{each}/picture" in room
    assert str(hers) not in room


def test_who_is_asked_in_is_shown_none(app: FastAPI, database: Database, call: BookedCall) -> None:
    photo = send(database, call, call.nurse, Source.CALL)
    with database.write() as unit:
        house = unit.session.get_one(Facility, call.doctor.facility_id)
        guest = make_doctor(unit.session, house, name="Lường Thu Hà")
        calls.issue_ticket(unit.session, call.doctor, call.appointment.id, now=unit.now)
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        (doctor,) = queries.list_members(unit.session, room.id)
        held = arriving.lock(unit.session, room.id)
        calls.join(unit.session, held, doctor.id, arrival=1, resume_hash="h", at=unit.now, now=unit.now)
        ring = calls.ask_in(
            unit.session, call.doctor, call.appointment.id, guest.ref, RingPurpose.INTERPRETER, now=unit.now
        )
        calls.accept(unit.session, guest, ring.id, now=unit.now)
        token = make_sign_in(unit.session, guest, now=unit.now)
    page = Browser(app, token).get(call.path)
    assert page.status_code == 200
    assert str(photo) not in page.text
