"""Making addresses and asking them, as the tests of calendars do."""

from uuid import UUID

from telehealth.interop import service
from telehealth.interop.errors import CalendarFeedNotFoundError
from telehealth.interop.service import Reading
from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor

BASE = "https://kham.example.vn"


def made(database: Database, actor: MembershipActor) -> tuple[UUID, str]:
    """Make an address; return its id and token."""
    with database.write() as unit:
        feed, token = service.create_feed(unit.session, actor, now=unit.now)
        return feed.id, token


def read(database: Database, token: str) -> Reading:
    """Ask an address."""
    with database.read() as unit:
        return service.read_feed(unit.session, token, base_url=BASE, now=unit.now)


def is_gone(database: Database, token: str) -> bool:
    """Tell whether an address is no longer there."""
    try:
        read(database, token)
    except CalendarFeedNotFoundError:
        return True
    return False
