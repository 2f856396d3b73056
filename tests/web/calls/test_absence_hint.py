"""What the journal of a call suggests to whoever notes that somebody did not come."""

from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI

from telehealth.calls import queries, service
from telehealth.kit.db import Database
from tests.support.app import Browser
from tests.support.calls import BookedCall
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in


@pytest.mark.parametrize(("minutes", "is_told"), [(15, True), (1, False)])
def test_a_station_that_waited_is_told_that_the_doctor_did_not_come_and_one_that_looked_in_is_not(
    app: FastAPI, database: Database, clock: FixedClock, call: BookedCall, minutes: int, is_told: bool
) -> None:
    begins = call.appointment.starts_at
    with database.write() as unit:
        service.issue_ticket(unit.session, call.nurse, call.appointment.id, now=unit.now)
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        (member,) = queries.list_members(unit.session, room.id)
        stay = (("joined", begins), ("away", begins + timedelta(minutes=minutes)))
        lines = [(room.id, member.id, kind, None, moment) for kind, moment in stay]
        service.jot(unit.session, lines, now=unit.now)
    clock.set(begins + timedelta(minutes=25))
    with database.write() as unit:
        nurse = Browser(app, make_sign_in(unit.session, call.nurse, now=unit.now))
    page = unescape(nurse.get(f"/appointments/{call.appointment.id}").text)
    assert f"{call.appointment.id}/no-show" in page
    assert ("Nhật ký cuộc gọi cho thấy: " in page) is is_told
    assert ("bác sĩ không vào" in page) is is_told
