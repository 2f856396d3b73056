"""Midnight is no border on the pages of the day: who can be met now stands there, on either side."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.support.practice import Practice

pytestmark = pytest.mark.databases("sqlite")


def put_at(practice: Practice, starts_at: datetime, *, midnight_in: timedelta) -> None:
    """Let the appointment begin then, where the day ends so long after the clock's first hour."""
    hours = 1 + midnight_in // timedelta(hours=1)
    database: Database = practice.app.state.database
    database.policy = replace(database.policy, zone=ZoneInfo(f"Etc/GMT+{hours}"))
    with practice.database.write() as unit:
        row = unit.session.get_one(Appointment, practice.world.appointment.id)
        row.starts_at, row.ends_at = starts_at, starts_at + timedelta(minutes=20)
        unit.session.add(row)


def shown_to(practice: Practice) -> tuple[bool, bool]:
    """Tell whether the doctor can open the case among those of today, and whether the station lists it."""
    queue, today = practice.doctor.get("/queue").text, practice.nurse.get("/today").text
    return "Mở ca" in queue, "Lý Thị 0" in today


def pass_minutes(practice: Practice, clock: FixedClock, minutes: int) -> None:
    """Let time pass while both are at their screens: who is away for long is signed out."""
    for _ in range(minutes):
        clock.advance(minutes=1)
        if clock.now().minute % 10 == 0:
            assert (
                practice.nurse.get("/today").status_code == practice.doctor.get("/queue").status_code == 200
            )


def test_what_begins_soon_after_midnight_is_there_before_it(practice: Practice, clock: FixedClock) -> None:
    put_at(practice, MONDAY_MORNING + timedelta(minutes=65), midnight_in=timedelta(hours=1))
    assert shown_to(practice) == (False, False), "more than an hour ahead, and tomorrow"
    assert "Lý Thị 0" in practice.doctor.get("/queue").text
    pass_minutes(practice, clock, 25)
    assert shown_to(practice) == (True, True)


def test_what_began_before_midnight_stays_while_it_can_be_entered(
    practice: Practice, clock: FixedClock
) -> None:
    put_at(practice, MONDAY_MORNING - timedelta(minutes=15), midnight_in=timedelta(0))
    pass_minutes(practice, clock, 10)
    assert shown_to(practice) == (True, True)
    pass_minutes(practice, clock, 26)
    assert shown_to(practice) == (False, False)
