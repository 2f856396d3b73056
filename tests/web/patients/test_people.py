"""Pages about who is who: searching, meeting, comparing, merging, the timeline, opening in an emergency."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth import wiring
from telehealth.access.queries import is_visible
from telehealth.audit.models import AuditEntry
from telehealth.consents.models import Consent
from telehealth.consents.service import load_texts
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.patients.models import BrokenGlass, Merge
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.practice import HASHES, PASSWORD
from tests.support.world import make_member, make_patient, make_sign_in

CCCD = "001185012345"
WHY = "Cùng một người, đã xem căn cước"


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    with database.write() as unit:
        load_texts(unit.session, now=unit.now)
    return build_app(database, tmp_path, clock)


@pytest.fixture
def nurse(database: Database) -> MembershipActor:
    with database.write() as unit:
        return make_member(unit.session, password_hash=HASHES[0])


@pytest.fixture
def station(app: FastAPI, database: Database, nurse: MembershipActor) -> Browser:
    return browser_of(app, database, nurse)


@pytest.fixture
def elsewhere(database: Database) -> str:
    """A patient of another station."""
    with database.write() as unit:
        return str(make_patient(unit.session, make_member(unit.session), cccd=CCCD).id)


def browser_of(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def patient_of(database: Database, actor: MembershipActor, **person: Any) -> str:
    with database.write() as unit:
        return str(make_patient(unit.session, actor, **person).id)


def test_the_search_says_what_it_understood(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    patient_of(database, nurse)
    page = station.post("/patients", {"text": "lua 1985"}).text
    assert "tên có: lua · sinh năm 1985" in page
    assert "Lý Thị Lụa" in page
    assert (
        "số thẻ BHYT 15 ký tự TE1350100000178" in station.post("/patients", {"text": "te1350100000178"}).text
    )
    wrong = station.post("/patients", {"text": "00118501234"}).text
    assert "00118501234 có 11 chữ số" in wrong


def test_a_number_of_another_facility_is_met_with_a_reason_and_consents(
    station: Browser, database: Database, nurse: MembershipActor, elsewhere: str
) -> None:
    found = station.post("/patients", {"text": CCCD}).text
    assert "Tìm số này ở cơ sở khác" in found
    assert "Lụa" not in found
    asked = station.post("/patients/meet/ask", {"text": CCCD}, page="/patients")
    assert asked.status_code == 200
    assert "Lụa" not in asked.text
    form = {
        "number": CCCD,
        "birth": "1985",
        "meet_reason": "Đến khám tại trạm sáng nay",
        "sms": "no",
        "given_by": "patient",
        "how": "spoken",
        "agrees_data": "on",
    }
    for wrong, words in (
        ({"meet_reason": "khám"}, "ít nhất 10 ký tự"),
        ({"agrees_data": ""}, "Chưa có sự đồng ý"),
        ({"birth": "2016"}, "người giám hộ đồng ý thay"),
    ):
        answer = station.post("/patients/meet", {**form, **wrong}, page="/patients")
        assert (answer.status_code, words in answer.text) == (422, True), words
    with database.read() as unit:
        assert not is_visible(unit.session, nurse, UUID(elsewhere), now=unit.now)
    done = station.post("/patients/meet", form, page="/patients")
    assert done.headers["location"] == f"/patients/{elsewhere}?done=met"
    with database.read() as unit:
        assert is_visible(unit.session, nurse, UUID(elsewhere), now=unit.now)
        assert unit.session.exec(select(Consent.purpose)).all() == ["data"]
        looked = select(AuditEntry.patient_id).where(AuditEntry.subject_kind == "exact_match")
        assert UUID(elsewhere) in unit.session.exec(looked).all()


def test_a_number_nobody_holds_leads_to_registration(station: Browser) -> None:
    asked = station.post("/patients/meet/ask", {"text": CCCD}, page="/patients").text
    assert "Chưa cơ sở nào có số này" in asked
    assert f'value="{CCCD}"' in asked


def test_an_insurance_card_fills_in_the_registration(station: Browser) -> None:
    name, place = "Lý Thị Lụa".encode().hex(), "Thôn Nà Ít".encode().hex()
    card = f"TE1350100000178|{name}|12/05/1985|2|{place}|01 - 014"
    page = station.post("/patients/new/fill", {"text": card}, page="/patients").text
    for value in ("Lý Thị Lụa", "12/05/1985", "TE1350100000178", "Thôn Nà Ít"):
        assert f'value="{value}"' in page


def test_who_resembles_another_is_compared_merged_and_parted_again(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    kept = patient_of(database, nurse, cccd=CCCD)
    other = patient_of(database, nurse, full_name="Lý Lụa", birth="1985", phone=None)
    with database.write() as unit:  # registered as somebody else, which is taken back here
        from telehealth.patients.models import NotSame

        unit.session.delete(unit.session.exec(select(NotSame)).one())
    page = station.get(f"/patients/{kept}").text
    assert "Có thể trùng hồ sơ" in page
    assert "tên này nằm trong tên kia" in page
    address = f"/patients/{kept}/alike/{other}"
    compared = station.get(address).text
    for words in ("Lý Thị Lụa", "Lý Lụa", "12/05/1985", CCCD, "Khớp", "Khác nhau"):
        assert words in compared
    heads = re.findall(r'<th scope="col">(.*?)</th>', compared)
    codes = re.findall(r"Mã (\d{6}), ghi ngày", compared)
    assert len(set(codes)) == 2
    for code, name, head in zip(codes, ("Lý Thị Lụa", "Lý Lụa"), heads[1:3], strict=True):
        assert f"Mã {code}" in head
        assert name in head
        assert f'data-label="Mã {code}"' in compared, "on a phone, where there is no head"
    both = station.post(f"{address}/merge", {"reason": "trùng"}, page=address).text
    for words in ("Chọn hồ sơ giữ lại", "Ghi vì sao, ít nhất 10 ký tự"):
        assert words in both
    for wrong in (
        {},
        {"kept": kept},
        {"kept": kept, "reason": "trùng"},
        {"kept": str(nurse.ref), "reason": WHY},
    ):
        assert station.post(f"{address}/merge", wrong, page=address).status_code == 422
    done = station.post(f"{address}/merge", {"kept": kept, "reason": WHY}, page=address)
    assert done.headers["location"] == f"/patients/{kept}?done=merged"
    assert station.get(f"/patients/{other}").headers["location"] == f"/patients/{kept}?done=was_merged"
    merged = station.get(f"/patients/{kept}").text
    assert "Hồ sơ đã gộp" in merged
    assert "Có thể trùng hồ sơ" not in merged
    with database.read() as unit:
        merge_id = unit.session.exec(select(Merge.id)).one()
    undone = station.post(
        f"/patients/{kept}/merges/{merge_id}/undo", {"reason": WHY}, page=f"/patients/{kept}"
    )
    assert undone.headers["location"] == f"/patients/{kept}?done=parted"
    assert station.get(f"/patients/{other}").status_code == 200
    station.post(f"{address}/apart", page=address)
    assert "Có thể trùng hồ sơ" not in station.get(f"/patients/{kept}").text


def test_whoever_merges_is_told_which_appointments_clash(app: FastAPI, database: Database) -> None:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_booking_world(session, doctors=2, patients=2, seats=2, visits=1)
        one, other = (
            world.book(
                session, at("09:30"), now=now, doctor=each, patient=each, visit_id=world.visits[each][0]
            ).id
            for each in range(2)
        )
    station = browser_of(app, database, world.nurse)
    kept, merged = world.patients
    address = f"/patients/{kept}/alike/{merged}"
    told = (
        "Có 1 cặp lịch hẹn trùng giờ",
        "09:30, 23/11/2026",
        f"/appointments/{one}",
        f"/appointments/{other}",
    )
    assert all(words in station.get(address).text for words in told)
    refused = station.post(f"{address}/merge", {"kept": str(kept)}, page=address)
    assert refused.status_code == 422
    assert all(words in refused.text for words in told)
    station.post(f"{address}/merge", {"kept": str(kept), "reason": WHY}, page=address)
    assert all(words in station.get(f"/patients/{kept}").text for words in told)
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        scheduling.cancel(unit.session, world.nurse, other, reason=reason, version=None, now=unit.now)
    assert "trùng giờ" not in station.get(f"/patients/{kept}").text


def test_a_probable_duplicate_is_shown_with_the_reasons_at_registration(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    patient_of(database, nurse)
    form = {
        "id": "01a22583-85fe-75a2-94d4-14705669dd08",
        "full_name": "Lý Thị Lua",
        "birth": "12/05/1985",
        "sex": "female",
        "no_id_reason": "not_at_hand",
        "phone": "0868 123 456",
        "sms": "no",
        "agrees_data": "on",
        "given_by": "patient",
        "how": "spoken",
    }
    answer = station.post("/patients/new", form)
    assert answer.status_code == 409
    for words in ("trùng họ tên", "trùng ngày sinh", "chung số điện thoại"):
        assert words in answer.text
    assert station.post("/patients/new", {**form, "act": "someone_else"}).status_code == 303
    [line] = re.findall(r'href="(/patients/[0-9a-f-]{36})"', answer.text)
    assert "Có thể trùng hồ sơ" not in station.get(line).text


def test_the_timeline_is_read_page_by_page_and_by_kind(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    page = station.get(f"/patients/{known}/timeline")
    assert page.status_code == 200
    assert "Chưa có gì ở đây" in page.text
    assert 'href="/patients/' + known + '/timeline?kind=message"' in page.text
    assert station.get(f"/patients/{known}/timeline?kind=message").status_code == 200
    assert station.get(f"/patients/{known}/timeline?before=x").status_code == 422


def test_a_record_is_opened_in_an_emergency_and_reviewed(
    station: Browser, app: FastAPI, database: Database, nurse: MembershipActor, elsewhere: str
) -> None:
    looked = {"text": "Lý Thị Lụa 1985", "reason_code": "danger", "reason": "Co giật, không nói được"}
    assert station.get(f"/patients/{elsewhere}").status_code == 404
    found = station.post("/break-glass", {**looked, "act": "look"})
    assert found.status_code == 200
    assert elsewhere in found.text
    assert CCCD not in found.text
    for wrong in ({}, {"chosen": elsewhere}, {"chosen": elsewhere, "secret": "sai mat khau roi"}):
        answer = station.post("/break-glass", {**looked, **wrong, "act": "open"})
        assert answer.status_code == 422
        assert "Co giật, không nói được" in answer.text
    assert station.get(f"/patients/{elsewhere}").status_code == 404
    chosen = {"chosen": elsewhere, "secret": PASSWORD}
    done = station.post("/break-glass", {**looked, **chosen, "act": "open"})
    assert done.headers["location"] == f"/patients/{elsewhere}?done=glass", done.text
    assert "Hồ sơ mở khẩn cấp đến 09:00" in station.get(f"/patients/{elsewhere}").text
    with database.write() as unit:
        place = unit.session.get_one(Facility, nurse.here)
        lead = make_member(unit.session, place, role=Role.COORDINATOR, name="Hoàng Văn Nam")
        glass_id = unit.session.exec(select(BrokenGlass.id)).one()
    desk = browser_of(app, database, lead)
    assert "1 lần mở hồ sơ khẩn cấp chờ xem xét" in desk.get("/today").text
    listed = desk.get("/break-glass/reviews").text
    assert "L*** (1985)" in listed
    assert "Lý Thị Lụa" not in listed
    address = f"/break-glass/{glass_id}/review"
    assert desk.post(address, {"verdict": "not_justified"}, page="/break-glass/reviews").status_code == 422
    assert desk.post(address, {"verdict": "justified"}, page="/break-glass/reviews").status_code == 303
    assert "chờ xem xét" not in desk.get("/today").text
