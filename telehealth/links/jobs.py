"""Timed work on links."""

from datetime import timedelta
from typing import Final

from sqlmodel import col, delete

from telehealth.kit.db import Database
from telehealth.links.models import LinkCode, LostLink, WrongYear

KEPT_FOR: Final = timedelta(days=30)
"""How long what was tried is kept: limits look back a day, whoever asks what happened a few weeks."""


def forget_tries(database: Database) -> int:
    """Delete codes, wrong years and askings nobody counts any more; return how many.

    How often something was refused stays.
    """
    with database.write() as unit:
        before = unit.now - KEPT_FOR
        old = (
            delete(LinkCode).where(col(LinkCode.sent_at) < before),
            delete(WrongYear).where(col(WrongYear.tried_at) < before),
            delete(LostLink).where(col(LostLink.asked_at) < before),
        )
        return sum(unit.session.exec(each).rowcount for each in old)
