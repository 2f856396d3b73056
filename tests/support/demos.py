"""The demo's data, loaded once in a run; whoever wants to serve it begins with a copy.

What the command itself does of that, and says, is shown by tests/cli/test_demo.py.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import select

from telehealth import demo, migrations
from telehealth.availability.models import AvailabilityRule, OpeningHours, Resource
from telehealth.availability.rules import DAY_MINUTES, ResourceKind
from telehealth.availability.service import add_rule
from telehealth.facilities.models import Facility
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from tests.support.servers import Server, run_server
from tests.support.shared import share
from tests.support.world import SINCE


@contextmanager
def serve_demo(folder: Path) -> Iterator[Server]:
    """Run the demo on a copy of its data for the length of a block."""
    copy_demo(folder)
    with run_server(folder) as server:
        yield server


def copy_demo(folder: Path) -> None:
    """Put the demo's data, made for this hour, into an empty folder."""
    shutil.copytree(share("demo", _load)["path"], folder, dirs_exist_ok=True)


def _never_close(database: Database) -> None:
    """Let the doctors of Bạch Mai always work: tests run at any hour, and book a time that is now."""
    with database.write() as unit:
        session = unit.session
        for hours in session.exec(select(OpeningHours)).all():
            session.delete(hours)
        theirs = select(Resource).join(Facility).where(Facility.short_name == "BV Bạch Mai")
        for doctor in session.exec(theirs.where(Resource.kind == ResourceKind.DOCTOR)).all():
            doctor.works_holidays = True
            for rule in session.exec(
                select(AvailabilityRule).where(AvailabilityRule.resource_id == doctor.id)
            ):
                session.delete(rule)
            for weekday in range(7):
                add_rule(
                    session,
                    doctor,
                    weekday=weekday,
                    start_minute=0,
                    end_minute=DAY_MINUTES,
                    valid_from=SINCE,
                )


def _load(folder: Path) -> dict[str, Any]:
    database = open_database(Settings(demo=True, data_dir=folder), SystemClock())
    try:
        migrations.upgrade(database.writer)
        demo.load(database, say=lambda _line: None)
        demo.renew(database)
        _never_close(database)
    finally:
        # The last connection's end empties the write-ahead log into the file: a copy of it is the whole.
        database.dispose()
    return {"path": str(folder)}
