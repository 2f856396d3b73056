"""The slip to the doctor's words: a link for who can be sent its code, else the words themselves."""

import re
from pathlib import Path

import pytest
from httpx2 import Response
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database
from telehealth.links.models import PatientLink
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.leaflets import AMLODIPIN, After
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slices run on both elsewhere


def slip_of(after: After) -> Response:
    """Let the nurse print the slip to the doctor's words."""
    [link] = after.follow.rows(PatientLink, purpose="doctors_words")
    token = after.follow.do(lambda s, now: make_sign_in(s, after.world.nurse, now=now))
    nurse, desk = Browser(after.patient.app, token=token), f"/patients/{after.world.patient_id}/links"
    made = nurse.post(f"{desk}/{link.id}/slip", {}, page=desk)
    return nurse.get(made.headers["location"])


def test_a_slip_opens_the_words_with_a_code_to_the_patients_phone(after: After) -> None:
    after.sign(AMLODIPIN)
    after.patient.texts()
    slip = slip_of(after).text
    assert "Phiếu xem lời dặn sau khám" in slip
    assert "Mang theo" not in slip
    assert "Amlodipin" not in slip
    [path] = re.findall(r"/k/\w{22}", slip)
    phone = after.patient.phone()
    place = after.patient.tap(path, phone)
    after.patient.give_year(phone, place)
    after.unlock(phone, place)
    assert "Amlodipin" in phone.get(place).text


def test_who_has_no_phone_gets_the_words_themselves_on_paper(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    after = After(database, clock, tmp_path, phone=None)
    after.sign(AMLODIPIN)
    answer = slip_of(after)
    assert answer.status_code == 200
    for words in ("Ăn nhạt", "Amlodipin", "buổi sáng", "115", "30/11/2026"):
        assert words in answer.text, words
    assert "/k/" not in answer.text
    [printed] = after.follow.rows(AuditEntry, action="visit.print")
    assert printed.patient_id == after.world.patient_id


def test_a_phone_that_may_not_be_told_gets_no_slip_either(after: After) -> None:
    after.sign(AMLODIPIN)
    with after.database.write() as unit:
        for contact in unit.session.exec(select(Contact)):
            contact.relation = Relation.NEIGHBOUR
            unit.session.add(contact)
    assert "Amlodipin" in slip_of(after).text
