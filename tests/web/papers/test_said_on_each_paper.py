"""What was only confirmed or ticked stands on each paper that somebody reads alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.visits.rules import Certainty
from telehealth.visits.service import amend, set_diagnoses
from tests.support.clock import FixedClock
from tests.support.pdfs import squeezed
from tests.support.practice import Practice, open_practice
from tests.support.visits import PRESSURE
from tests.support.whole import fill
from tests.web.papers.test_whole_sheets import papers_of

pytestmark = pytest.mark.databases("sqlite")  # what is signed is tested on both; here it is printed

CARRIED = "Ibuprofen phù mặt"


@pytest.fixture
def bus() -> Bus:
    """Every part is a part of the record, as in the program."""
    return wiring.build_bus()


@pytest.fixture
def signed(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A visit with everything in it, an allergy beside the one that was told, an unsure diagnosis."""
    practice = open_practice(database, tmp_path, clock)
    world = practice.world
    with database.write() as unit:
        session, now = unit.session, unit.now
        fill(session, world, now=now)
        add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, CARRIED, now=now)
        unsure = replace(PRESSURE, text="Theo dõi suy tim", code="I50.0", certainty=Certainty.PROVISIONAL)
        set_diagnoses(session, world.doctor, world.visit.id, [PRESSURE, unsure], version=1, now=now)
        world.sign(session, now=now)
        amend(session, world.doctor, world.visit.id, reason="Có kết quả muộn", text="Kali 4,1", now=now)
    return practice


def test_an_allergy_that_was_only_confirmed_stands_on_every_paper(signed: Practice) -> None:
    for papers in papers_of(signed):
        for name in ("visit", "prescription", "referral"):
            assert squeezed(CARRIED).lower() in papers[name], name


def test_the_letter_tells_what_was_ticked_found_and_dated(signed: Practice) -> None:
    told = ("Đái tháo đường típ 2 từ 2019", "Metformin 500 mg hai lần mỗi ngày", "Ran ẩm đáy phổi phải")
    found = ("23 tuần", "Đếm mạch lại", "Theo dõi suy tim (sơ bộ)", "sinh 12/05/1985")
    for papers in papers_of(signed):
        for words in (*told, *found):
            assert squeezed(words).lower() in papers["referral"], words


def test_the_text_to_copy_says_how_sure_a_diagnosis_is_and_who_amended_why(signed: Practice) -> None:
    text = signed.nurse.get(f"{signed.visit}/text").text
    for words in ("Theo dõi suy tim (sơ bộ)", "Tăng huyết áp vô căn (xác định)", "Có kết quả muộn", CARRIED):
        assert words in text, words


def test_each_diagnosis_and_each_form_stand_on_the_prescription(signed: Practice) -> None:
    for papers in papers_of(signed):
        assert squeezed("Viên nén, uống. Mỗi lần 1 viên").lower() in papers["prescription"]
