"""What a patient carries: confirmed in one tap, added, ended, signed."""

import re
from uuid import UUID

import pytest

from telehealth.access.rules import ConsultKind
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.kit.db import Unit
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.practice import Practice
from tests.web.charting.conftest import Post

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both


def test_a_fact_is_added_confirmed_and_ended(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    post(practice.nurse, page, f"{page}/allergy", {"text": "Tôm"})
    assert "Penicillin; Tôm" in practice.doctor.get(practice.case).text, "before anybody confirmed it"
    assert "Dị ứng đã biết" in practice.doctor.get(practice.visit).text
    answer = post(practice.nurse, page, f"{page}/allergy", {"text": "Penicillin"}, "part-background")
    assert 'id="part-background"' in answer.text
    assert "Penicillin" in answer.text
    assert "Đã hỏi lúc 08:00" in answer.text
    assert answer.headers["HX-Trigger-After-Settle"] == "record-saved"
    done = post(practice.nurse, page, f"{page}/medicine/confirm", {})
    assert done.headers["location"] == page
    shown = practice.doctor.get(practice.visit).text
    assert "Dị ứng: Tôm; Penicillin" in shown
    assert "Thuốc đang dùng: Đã hỏi, không có" in shown
    fact = re.search(r"/facts/([0-9a-f-]{36})", practice.nurse.get(page).text)
    assert fact is not None
    changed = {"status": "mistaken", "version": "1"}
    post(practice.nurse, page, f"{page}/facts/{fact[1]}", changed)
    late = post(practice.nurse, page, f"{page}/facts/{fact[1]}", {"status": "active", "version": "1"})
    assert late.status_code == 422
    assert "Ghi lại" in practice.nurse.get(page).text
    post(practice.nurse, page, f"{page}/facts/{fact[1]}", {"status": "active", "version": "2"})
    assert "Ghi lại" not in practice.nurse.get(page).text


def test_all_that_is_shown_is_confirmed_by_one_tap(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    assert 'hx-get="' + page in practice.nurse.get(f"{practice.visit}/station").text
    with practice.database.write() as unit:
        earlier = an_earlier_visit(unit, practice)
        for kind, text in ((FactKind.ALLERGY, "Tôm"), (FactKind.MEDICINE, "Amlodipin 5 mg")):
            add_fact(unit.session, practice.world.nurse, earlier, kind, text, now=unit.now)
    form = practice.nurse.get(page).text.partition(f'action="{page}/confirm"')[2].partition("</form>")[0]
    shown = re.findall(r'name="known_id" value="([^"]+)"', form)
    assert len(shown) == 2
    stale = post(practice.nurse, page, f"{page}/confirm", {"known_id": shown[:1]}, "part-background")
    assert stale.status_code == 422
    assert "Đã hỏi lúc" not in stale.text
    done = post(practice.nurse, page, f"{page}/confirm", {"known_id": shown}, "part-background")
    assert done.text.count("Đã hỏi lúc 08:00") == 2
    assert "tất cả vẫn đúng" not in done.text


def test_what_came_in_meanwhile_is_shown_before_a_kind_is_confirmed(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    assert "Chưa ghi nhận" in practice.nurse.get(page).text
    with practice.database.write() as unit:
        earlier = an_earlier_visit(unit, practice)
        add_fact(unit.session, practice.world.nurse, earlier, FactKind.ALLERGY, "Aspirin", now=unit.now)
    stale = post(practice.nurse, page, f"{page}/allergy/confirm", {}, "part-background")
    assert stale.status_code == 422
    assert "Aspirin" in stale.text
    assert "Danh sách đã biết vừa thay đổi" in stale.text
    assert "Đã hỏi lúc" not in practice.nurse.get(page).text
    shown = re.findall(r'name="known_id" value="([^"]+)"', stale.text)
    done = post(practice.nurse, page, f"{page}/allergy/confirm", {"known_id": shown}, "part-background")
    assert "Đã hỏi lúc 08:00" in done.text


def test_a_kind_is_asked_again_when_something_came_in_since(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    post(practice.nurse, page, f"{page}/allergy/confirm", {})
    assert "Đã hỏi lúc 08:00" in practice.nurse.get(page).text
    with practice.database.write() as unit:
        earlier = an_earlier_visit(unit, practice)
        add_fact(unit.session, practice.world.nurse, earlier, FactKind.ALLERGY, "Aspirin", now=unit.now)
    assert "Đã hỏi lúc" not in practice.nurse.get(page).text


def an_earlier_visit(unit: Unit, practice: Practice) -> UUID:
    request = VisitRequest(
        patient_id=practice.world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau đầu"
    )
    return open_visit(unit.session, practice.world.nurse, request, now=unit.now).id


def test_an_empty_line_says_what_is_missing(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    answer = post(practice.nurse, page, f"{page}/problem", {"text": " "})
    assert answer.status_code == 422
    assert "Ghi vài chữ rồi mới thêm." in answer.text


def test_a_stranger_sees_nothing_and_a_signed_visit_is_only_read(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/background"
    assert practice.stranger.get(page).status_code == 404
    post(practice.nurse, page, f"{page}/problem", {"text": "Hen phế quản"})
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    assert "Bệnh nền: Hen phế quản" in practice.doctor.get(practice.visit).text
    assert f"{page}/problem" not in practice.nurse.get(page).text
