"""Sheets as a browser prints them: one page as a rule; every page of a long one begins with its head."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.prescriptions.queries import active_of
from telehealth.referrals import service as referring
from telehealth.referrals.queries import find_for_visit
from telehealth.referrals.rules import Urgency
from telehealth.visits.rules import Section
from tests.support.chromium import open_device
from tests.support.clock import FixedClock
from tests.support.conferences import sign_minutes, write_minutes
from tests.support.pdfs import A4, A5, pages_of, sizes_of, squeezed
from tests.support.practice import Practice, open_practice
from tests.support.prescriptions import open_pharmacy
from tests.support.serving import serve
from tests.support.visits import WRITTEN
from tests.support.world import make_hospital

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

SIZES = {"a5": A5, "a4": A4}
SENTENCE = "Tim đều, phổi trong."
MEDICINES = ("Amlodipin", "Metformin", "Omeprazol", "Losartan", "Paracetamol")


@pytest.fixture
def bus() -> Bus:
    """Everything hears of everything, as in the program."""
    return wiring.build_bus()


@pytest.fixture
def examined(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination nothing is written about yet."""
    return open_practice(database, tmp_path, clock)


def sign(practice: Practice, findings: str) -> tuple[str, ...]:
    """Sign with a prescription of five medicines and a referral; return where the sheets are."""
    world = practice.world
    with practice.database.write() as unit:
        session, now = unit.session, unit.now
        pharmacy = open_pharmacy(session, world, now=now)
        hospital = make_hospital(session, name="BVĐK tỉnh", tier="province", phone="+842093850201")
        wanted = referring.Wanted(
            to_facility_id=hospital.id, urgency=Urgency.URGENT, reason="Nghi suy tim mất bù, cần siêu âm tim"
        )
        referring.write(session, world.doctor, world.visit.id, wanted, version=0, now=now)
        world.write(session, now=now, sections={**WRITTEN, Section.FINDINGS: findings})
        pharmacy.write(session, [pharmacy.line(session, name) for name in MEDICINES], now=now)
        world.sign(session, now=now)
        prescription, referral = active_of(session, world.visit.id), find_for_visit(session, world.visit.id)
        assert prescription is not None
        assert referral is not None
        sheets = (f"/prescriptions/{prescription.id}/print", f"/referrals/{referral.id}/print")
        return (f"{practice.visit}/print", *sheets)


@contextmanager
def opened(practice: Practice, chromium: Browser) -> Iterator[Page]:
    with serve(practice.app) as address, open_device(chromium, base_url=address) as device:
        token = practice.nurse.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        yield device.new_page()


def printed(page: Page, path: str, size: str) -> bytes:
    page.goto(f"{path}?size={size}")
    return page.pdf(prefer_css_page_size=True, print_background=True)


def test_ordinary_sheets_are_one_page_in_either_size(examined: Practice, chromium: Browser) -> None:
    sheets = sign(examined, WRITTEN[Section.FINDINGS])
    with opened(examined, chromium) as page:
        for path in sheets:
            for size, paper in SIZES.items():
                assert sizes_of(printed(page, path, size)) == [paper], (path, size)


def test_long_sheets_lose_nothing_and_begin_every_page_with_their_head(
    examined: Practice, chromium: Browser
) -> None:
    visit, _, letter = sign(examined, " ".join([SENTENCE] * 150))
    with opened(examined, chromium) as page:
        for path in (visit, letter):
            pages = [squeezed(text) for text in pages_of(printed(page, path, "a5"))]
            assert len(pages) > 1
            assert sum(text.count("Mãngườibệnh") for text in pages) == len(pages)
            whole = "".join(pages)
            assert whole.count("phổi") == 150, path


def test_minutes_are_one_page_in_either_size(
    database: Database, tmp_path: Path, clock: FixedClock, chromium: Browser
) -> None:
    practice = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT, is_written=True)
    world = practice.world
    with database.write() as unit:
        write_minutes(unit.session, world, now=unit.now)
        sign_minutes(unit.session, world, world.doctor, world.nurse, now=unit.now)
    with opened(practice, chromium) as page:
        for size, paper in SIZES.items():
            assert sizes_of(printed(page, f"{practice.visit}/minutes/print", size)) == [paper]
