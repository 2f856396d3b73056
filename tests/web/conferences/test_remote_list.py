"""The check against the list as the workspace shows it: what is outside, the ways out, the basis."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.conditions.service import import_list
from telehealth.kit.db import Database
from telehealth.visits.models import VisitEvent
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both

LABEL, BASIS = "Danh mục thử", "Quyết định 123/QĐ-SYT"


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A written remote examination of what is not on the imported list."""
    practice = open_practice(database, tmp_path, clock, is_written=True)
    with database.write() as unit:
        import_list(unit.session, "code,name,source\nJ00,Cảm,x\n", LABEL, now=unit.now)
    return practice


def configure(practice: Practice) -> None:
    """Let the deployment name a basis."""
    state = practice.app.state.database
    state.policy = replace(state.policy, remote_basis=BASIS)


def test_the_workspace_names_it_missing_and_shows_the_ways_out(practice: Practice) -> None:
    case = practice.doctor.get(practice.case).text
    assert '<a class="chip" href="#part-remote_list">Chẩn đoán ngoài danh mục khám từ xa</a>' in case
    page = practice.doctor.get(f"{practice.visit}/remote-list").text
    for words in (f"Không có trong danh mục {LABEL}", "I10 Tăng huyết áp", "Chuyển thành hội chẩn", "115"):
        assert words in page
    assert "Ký theo căn cứ này" not in page


def test_the_way_to_a_referral_leads_to_its_form(practice: Practice) -> None:
    to = f"{practice.visit}/referral?write=true"
    assert f'<a href="{to}">' in practice.doctor.get(f"{practice.visit}/remote-list").text
    form = practice.doctor.get(to).text
    assert re.search(r'<details[^>]*id="referral-form-\d+"[^>]* open>', form)
    assert not re.search(
        r'id="referral-form-\d+"[^>]* open>', practice.doctor.get(f"{practice.visit}/referral").text
    )


def test_a_basis_is_named_and_taken_back(practice: Practice) -> None:
    configure(practice)
    address = f"{practice.visit}/remote-list"
    assert BASIS in practice.doctor.get(address).text
    named = practice.doctor.post(f"{address}/basis", {"act": "name", "version": "0"}, page=address)
    assert named.headers["location"] == practice.case
    assert "Ký ngoài danh mục trên căn cứ:" in practice.doctor.get(address).text
    assert "#part-remote_list" not in practice.doctor.get(practice.case).text.split('id="sign"')[1]
    cleared = practice.doctor.post(f"{address}/basis", {"act": "clear", "version": "1"}, page=address)
    assert cleared.status_code == 303
    assert "Ký theo căn cứ này" in practice.doctor.get(address).text


def test_without_a_configured_basis_none_can_be_named(practice: Practice) -> None:
    address = f"{practice.visit}/remote-list"
    answer = practice.doctor.post(f"{address}/basis", {"act": "name", "version": "0"}, page=address)
    assert answer.status_code == 403


def test_converted_with_a_reason_it_is_a_conference(practice: Practice) -> None:
    address = f"{practice.visit}/remote-list"
    refused = practice.doctor.post(f"{address}/convert", {}, page=address)
    assert refused.status_code == 422
    assert "Ghi lý do chuyển thành hội chẩn" in refused.text
    done = practice.doctor.post(f"{address}/convert", {"convert_reason": "Ngoài danh mục"}, page=address)
    assert done.headers["location"] == practice.case
    assert "Hội chẩn từ xa" in practice.doctor.get(practice.visit).text
    with practice.database.read() as unit:
        reasons = unit.session.exec(select(VisitEvent.reason).where(VisitEvent.command == "convert")).all()
    assert reasons == ["Ngoài danh mục"]
