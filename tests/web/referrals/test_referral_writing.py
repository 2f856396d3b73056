"""The form of a referral, in process: said again, written by two, sent before the signature."""

import re

import pytest
from httpx2 import Response
from sqlmodel import col, select

from telehealth.conditions.service import import_list
from telehealth.referrals.models import Referral
from telehealth.staff.models import Membership
from tests.support.practice import Practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.practice import written_practice as written_practice
from tests.support.world import make_hospital

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@pytest.fixture
def given(practice: Practice) -> dict[str, str]:
    with practice.app.state.database.write() as unit:
        hospital = make_hospital(unit.session, name="BVĐK tỉnh", tier="province", phone="+842093850201")
        to = str(hospital.id)
    words = {"reason": "Nghi suy tim", "condition": "Khó thở"}
    return {"to_facility_id": to, "urgency": "emergency", "transport": "ambulance", "version": "0", **words}


def save(practice: Practice, who: str, given: dict[str, str], **more: str) -> Response:
    path = f"{practice.visit}/referral"
    browser = getattr(practice, who)
    return browser.post(path, {**given, **more}, page=path, hx_request="true", hx_target="part-referral")  # type: ignore[no-any-return]


def stored(practice: Practice) -> Referral:
    with practice.database.read() as unit:
        row = unit.session.exec(select(Referral).order_by(col(Referral.id).desc())).first()
        assert row is not None
        unit.session.expunge(row)
        return row


def test_a_saved_referral_says_so_and_closes_its_form(practice: Practice, given: dict[str, str]) -> None:
    before = practice.doctor.get(f"{practice.visit}/referral?write=true").text
    assert "Đã lưu, gửi khi ký hồ sơ" not in before
    [opened] = re.findall(r'id="(referral-form-\d+)"[^>]* open>', before)
    saved = save(practice, "doctor", given).text
    assert "Đã lưu, gửi khi ký hồ sơ" in saved
    [closed] = re.findall(r'id="(referral-form-\d+)"[^>]*"keep-open">', saved)
    assert closed != opened, "what was left open is another form"
    refused = save(practice, "doctor", {**given, "version": "1", "reason": ""}).text
    assert "Đã lưu, gửi khi ký hồ sơ" not in refused


def test_where_to_is_chosen_by_tier_those_above_the_station_first(practice: Practice) -> None:
    with practice.app.state.database.write() as unit:
        for name, tier in (("BV Bạch Mai", "central"), ("BVĐK tỉnh", "province"), ("TTYT", "regional")):
            make_hospital(unit.session, name=name, tier=tier, phone=None)
    page = practice.doctor.get(f"{practice.visit}/referral").text
    [shown] = re.findall(r'<select[^>]*name="to_facility_id".*?</select>', page, re.S)
    tiers = re.findall(r'<optgroup label="([^"]+)">', shown)
    assert len(tiers) == len(set(tiers)), "each stands once"
    assert shown.index("TTYT<") < shown.index("BVĐK tỉnh<") < shown.index("BV Bạch Mai<")
    assert shown.count("<optgroup") == shown.count("</optgroup>") >= 3


def test_the_same_save_again_is_no_conflict(practice: Practice, given: dict[str, str]) -> None:
    assert save(practice, "doctor", given).status_code == 200
    again = save(practice, "doctor", given)
    assert again.status_code == 200
    assert 'class="clash"' not in again.text
    assert stored(practice).version == 1


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_both_texts_stand_side_by_side_until_one_is_chosen(
    practice: Practice, given: dict[str, str], keep: str
) -> None:
    save(practice, "practitioner", given, reason="Nghi viêm phổi")
    clash = save(practice, "doctor", given, reason="Nghi thuyên tắc phổi")
    assert clash.status_code == 422
    shown = clash.text[clash.text.index('class="clash"') :]
    assert "Nghi viêm phổi" in shown
    assert "Nghi thuyên tắc phổi" in shown
    theirs = re.search(r'name="theirs" value="(\d+)"', shown)
    assert theirs is not None
    more = {"reason": "Nghi thuyên tắc phổi", "keep": keep, "theirs": theirs[1]}
    settled = save(practice, "doctor", given, **more)
    assert settled.status_code == 200
    assert 'class="clash"' not in settled.text
    kept = {"mine": "Nghi thuyên tắc phổi", "theirs": "Nghi viêm phổi"}[keep]
    assert stored(practice).reason == kept


def test_an_emergency_goes_out_at_once_and_its_letter_says_that_nobody_signed(
    practice: Practice, given: dict[str, str]
) -> None:
    path = f"{practice.visit}/referral"
    save(practice, "practitioner", given)
    row = stored(practice)
    send = f"/referrals/{row.id}/send"
    assert send not in practice.practitioner.get(path).text
    assert send in practice.doctor.get(path).text
    practice.doctor.post(send, {"version": str(row.version)}, page=path)
    assert stored(practice).state == "sent"
    assert send not in practice.doctor.get(path).text
    assert "Chưa ký hồ sơ" in practice.nurse.get(f"/referrals/{row.id}").text
    letter = practice.nurse.get(f"/referrals/{row.id}/print")
    assert letter.status_code == 200
    assert "CHƯA KÝ" in letter.text
    assert "Nghi suy tim" in letter.text
    assert "/v/" not in letter.text
    assert practice.nurse.get(f"{practice.visit}/papers/referral.pdf").status_code == 404
    with practice.app.state.database.write() as unit:
        practice.world.sign(unit.session, now=unit.now)
    signed = practice.nurse.get(f"/referrals/{row.id}/print").text
    assert "CHƯA KÝ" not in signed
    assert "/v/" in signed


def test_outside_the_list_a_written_referral_lets_the_record_be_signed(
    practice: Practice, given: dict[str, str]
) -> None:
    with practice.app.state.database.write() as unit:
        import_list(unit.session, "code,name,source\nJ00,Cảm,x\n", "DM", now=unit.now)
    page = f"{practice.visit}/remote-list"
    before = practice.practitioner.get(page).text
    assert f"{practice.visit}/ring" not in before, "its appointment is live: nobody else is rung"
    assert "Gửi ngay" in before
    assert "ký được" not in before
    save(practice, "doctor", given)
    assert "ký được" in practice.doctor.get(page).text
    with practice.app.state.database.write() as unit:
        record = practice.world.sign(unit.session, now=unit.now)
        assert '"referred":true' in record.canonical
    assert stored(practice).state == "sent"
    assert "Người bệnh được chuyển đến cơ sở khác" in practice.doctor.get(practice.visit).text


def test_a_station_of_nurses_is_not_made_to_answer_for_the_visit(practice: Practice) -> None:
    with practice.app.state.database.write() as unit:
        import_list(unit.session, "code,name,source\nJ00,Cảm,x\n", "DM", now=unit.now)
        person = unit.session.get_one(Membership, practice.world.practitioner.ref)
        person.valid_to = unit.now.date()
    page = f"{practice.visit}/remote-list"
    shown = practice.doctor.get(page).text
    assert "chưa có người hành nghề" in shown
    assert f"{page}/convert" not in shown
    answer = practice.doctor.post(f"{page}/convert", {"convert_reason": "Ngoài danh mục"}, page=page)
    assert answer.status_code == 409
    assert "chưa có người hành nghề" in answer.text
    with practice.database.read() as unit:
        visit = unit.session.get_one(type(practice.world.visit), practice.world.visit.id)
        assert visit.consult_kind == "remote_exam"
