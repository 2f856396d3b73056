"""What the tests of hours look at: the fields of a confirmation, and whether an appointment has hours."""

import re

from httpx2 import Response
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment


def hidden(page: Response) -> dict[str, str]:
    """Return the fields the confirmation would send."""
    form = page.text[page.text.rindex("<form") :]
    return dict(re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', form))


def support(database: Database) -> str:
    with database.read() as unit:
        return unit.session.exec(select(Appointment.support)).one()
