"""One visible table: event -> subscribers; job -> interval."""

from datetime import timedelta

from telehealth.kit.db import Database
from telehealth.kit.events import Bus, Subscriber
from telehealth.kit.jobs import Job
from telehealth.staff.activity import Activity

SUBSCRIBERS: list[tuple[type, Subscriber]] = []
"""Which subscriber hears which event, in the transaction of the act."""


def build_bus() -> Bus:
    """Return a bus with every subscriber of the table."""
    bus = Bus()
    for event_type, subscriber in SUBSCRIBERS:
        bus.subscribe(event_type, subscriber)
    return bus


def build_jobs(activity: Activity) -> list[Job]:
    """Return the timed jobs with their intervals."""
    return [
        Job("activity", timedelta(seconds=20), lambda database: _flush(database, activity)),
    ]


def _flush(database: Database, activity: Activity) -> int:
    with database.write() as unit:
        return activity.flush(unit.session)
