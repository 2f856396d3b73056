"""The code on each paper, as it is drawn, leads to the page that says whether this paper holds."""

import re
from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.prescriptions.queries import active_of
from tests.support import codes
from tests.support.clock import FixedClock
from tests.support.pdfs import patient_press, text_of
from tests.support.practice import Practice, open_practice
from tests.support.verdicts import is_valid
from tests.support.whole import confer, fill

pytestmark = pytest.mark.databases("sqlite")  # what a browser and a press draw


@pytest.fixture
def bus() -> Bus:
    """Every part is a part of the record, as in the program."""
    return wiring.build_bus()


def signed(database: Database, folder: Path, clock: FixedClock, paper: str) -> Practice:
    """Sign a visit that has this paper."""
    is_support = paper == "minutes"
    kind = ConsultKind.FACILITY_SUPPORT if is_support else ConsultKind.REMOTE_EXAM
    practice = open_practice(database, folder, clock, kind=kind)
    world = practice.world
    with database.write() as unit:
        (confer if is_support else fill)(unit.session, world, now=unit.now)
        world.sign(unit.session, now=unit.now, by=world.practitioner if is_support else world.doctor)
    return practice


def sheet(practice: Practice, paper: str) -> str:
    """Return the print view of a paper."""
    page = practice.nurse.get(practice.visit).text
    own = {"visit": f"{practice.visit}/print", "minutes": f"{practice.visit}/minutes/print"}
    path = own.get(paper) or re.findall(f'href="(/{paper}s/[^"/]+/print)"', page)[0]
    return practice.nurse.get(path).text


def handle_on(practice: Practice, page: str) -> str:
    """Return the handle a sheet names: in the address that is printed, else that of the prescription."""
    printed = set(re.findall(r"/v/([\w-]+)", page.partition("<body")[2]))
    if printed:
        (handle,) = printed
        return str(handle)
    with practice.database.read() as unit:
        row = active_of(unit.session, practice.world.visit.id)
        assert row is not None
        assert row.handle in page
        return row.handle


@pytest.mark.parametrize("paper", ["visit", "prescription", "referral", "minutes"])
def test_the_code_as_it_is_drawn_leads_to_where_the_paper_is_checked(
    database: Database, tmp_path: Path, clock: FixedClock, paper: str
) -> None:
    practice = signed(database, tmp_path, clock, paper)
    page = sheet(practice, paper)
    handle = handle_on(practice, page)
    assert is_valid(practice.stranger.get(f"/v/{handle}").text)
    address = f"{practice.app.state.settings.base_url}/v/{handle}"
    expected = codes.wanted(address)
    assert codes.drawn_in_html(page) == expected
    with patient_press(practice.app):
        for size in ("a5", "a4"):
            content = practice.nurse.get(f"{practice.visit}/papers/{paper}.pdf?size={size}").content
            assert address in text_of(content).replace(" ", "").replace("\u200b", ""), size
            assert codes.drawn_in_pdf(content, len(expected)) == [expected], size
