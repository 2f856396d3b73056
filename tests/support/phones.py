"""Small phones with a touch screen, and what every page on one has to keep to."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page
from sqlmodel import col, select

from telehealth.kit.db import Database
from telehealth.links.models import PatientLink
from telehealth.links.queries import count_tokens
from telehealth.links.service import token_for_delivery
from telehealth.links.states import LinkState
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import SMALL_PHONE, open_device

SMALLEST = 320
"""The narrowest screen there is."""

WIDEST_PART = """() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"""


@contextmanager
def small_phone(stage: CallStage) -> Iterator[Caller]:
    """Give somebody a phone of 360 x 640 that has never been here."""
    with open_device(
        stage.browser, base_url=stage.server.base_url, is_phone=True, viewport=SMALL_PHONE
    ) as context:
        yield Caller(context, "/")


def link_of(database: Database, call: BookedCall) -> str:
    """Return the path the next text about the appointment would hold: texts may wait for the morning."""
    with database.write() as unit:
        query = select(PatientLink.id).where(
            PatientLink.subject_id == call.appointment.id, PatientLink.state == LinkState.OPEN
        )
        link_id = unit.session.exec(query.order_by(col(PatientLink.id).desc())).first()
        assert link_id is not None
        number = count_tokens(unit.session, link_id) + 1
        return f"/k/{token_for_delivery(unit.session, link_id, number, now=unit.now)}"


def fits(page: Page, *, smallest: int = SMALLEST) -> None:
    """Nothing stands out to the side, here and on the smallest screen."""
    size = page.viewport_size
    assert size is not None
    try:
        for width in {size["width"], min(smallest, size["width"])}:
            page.set_viewport_size({"width": width, "height": size["height"]})
            found = page.evaluate(WIDEST_PART)
            assert found <= width, f"{page.url} is {found} px wide on a screen of {width} px"
    finally:
        page.set_viewport_size(size)
