"""The patients' pages as a browser uses them: find, register with consent, read, change."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.consents.models import Consent
from telehealth.consents.service import load_texts
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.patients.models import Contact, Patient
from telehealth.patients.queries import list_contacts
from telehealth.patients.rules import Relation
from telehealth.patients.service import ContactDetails
from telehealth.patients.service.details import write_contacts
from telehealth.staff.actors import MembershipActor
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_member, make_patient, make_sign_in

CCCD = "001185012345"
CARD = f"{CCCD}||Lý Thị Lụa|12051985|Nữ|Thôn Nà Ít, xã Phủ Thông|02022021"


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    with database.write() as unit:
        load_texts(unit.session, now=unit.now)
    return build_app(database, tmp_path, clock)


@pytest.fixture
def nurse(database: Database) -> MembershipActor:
    with database.write() as unit:
        return make_member(unit.session)


@pytest.fixture
def station(app: FastAPI, database: Database, nurse: MembershipActor) -> Browser:
    return browser_of(app, database, nurse)


def browser_of(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def patient_of(database: Database, actor: MembershipActor, **person: Any) -> str:
    with database.write() as unit:
        return str(make_patient(unit.session, actor, **person).id)


def typed(**values: Any) -> dict[str, Any]:
    plain = {
        "id": str(new_id()),
        "full_name": "Lý Thị Lụa",
        "birth": "1985",
        "sex": "female",
        "cccd": CCCD,
        "phone": "0868 123 456",
        "sms": "yes",
        "agrees_data": "on",
        "agrees_treatment": "on",
        "given_by": "patient",
        "how": "spoken",
    }
    return {name: value for name, value in {**plain, **values}.items() if value is not None}


def test_a_patient_is_registered_with_the_consents_that_were_given(
    station: Browser, database: Database
) -> None:
    answer = station.post("/patients/new", typed())
    assert answer.status_code == 303, answer.text
    page = station.get(answer.headers["location"])
    for words in ("Lý Thị Lụa", "Nữ, 41 tuổi (1985)", "0868 123 456", "Đã đăng ký", "Xử lý dữ liệu"):
        assert words in page.text
    with database.read() as unit:
        purposes = unit.session.exec(select(Consent.purpose)).all()
        assert sorted(purposes) == ["data", "sms", "treatment"]
        assert unit.session.exec(select(Contact.no_sms)).all() == [False]


def test_the_same_form_sent_twice_registers_once(station: Browser, database: Database) -> None:
    form = typed()
    first, second = station.post("/patients/new", form), station.post("/patients/new", form)
    assert first.headers["location"] == second.headers["location"]
    with database.read() as unit:
        assert len(unit.session.exec(select(Patient)).all()) == 1
        assert len(unit.session.exec(select(Consent)).all()) == 3


def test_no_sms_is_respected(station: Browser, database: Database) -> None:
    station.post("/patients/new", typed(sms="no"))
    with database.read() as unit:
        assert unit.session.exec(select(Contact.no_sms)).all() == [True]
        assert "sms" not in unit.session.exec(select(Consent.purpose)).all()


def test_nothing_is_ticked_before_anybody_agreed(station: Browser) -> None:
    page = station.get("/patients/new").text
    assert re.findall(r"<input[^>]*\bchecked\b[^>]*>", page) == []
    answer = station.post("/patients/new", typed(agrees_data=None))
    assert answer.status_code == 422
    assert "Chưa có sự đồng ý xử lý dữ liệu" in answer.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"full_name": None}, "Ghi họ và tên người bệnh"),
        ({"birth": "31/02/1985"}, "Ngày sinh này không có trong lịch"),
        ({"phone": "12"}, "Số điện thoại chưa đúng"),
        ({"phone": None, "phone2": "12"}, "Số điện thoại chưa đúng"),
        ({"cccd": None}, "Không có số căn cước thì chọn lý do"),
        ({"sms": None}, "Chọn có nhận tin nhắn hay không"),
        ({"birth": "12/05/2019"}, "người giám hộ đồng ý thay"),
        ({"birth": "12/05/2019", "given_by": "guardian"}, "Ghi họ tên và quan hệ"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    station: Browser, wrong: dict[str, Any], words: str
) -> None:
    answer = station.post("/patients/new", typed(address="Thôn Nà Ít", **wrong))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Thôn Nà Ít"' in answer.text
    summary = answer.text.split('class="errors"')[1].split("</ul>")[0]
    for target in re.findall(r'href="#([^"]+)"', summary):
        assert f'id="{target}"' in answer.text


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_form(station: Browser) -> None:
    wrong = {
        "birth": "12/05/2016",
        "cccd": None,
        "phone": "12",
        "bhyt": "x",
        "agrees_data": None,
        "how": None,
    }
    answer = station.post("/patients/new", typed(**wrong))
    assert answer.status_code == 422
    summary = answer.text.split('class="errors"')[1].split("</ul>")[0]
    assert re.findall(r'href="#f-([^"]+)"', summary) == [
        *("no_id_reason", "bhyt", "phone", "guardian_name", "guardian_relation"),
        *("agrees_data", "given_by", "how", "is_child_heard"),
    ]


def test_a_child_is_registered_with_guardian_and_own_will(station: Browser, database: Database) -> None:
    child = {
        "birth": "12/05/2016",
        "cccd": None,
        "no_id_reason": "not_at_hand",
        "given_by": "guardian",
        "guardian_name": "Hoàng Thị Mây",
        "guardian_relation": "mother",
    }
    assert "phải được hỏi ý kiến" in station.post("/patients/new", typed(**child)).text
    answer = station.post("/patients/new", typed(is_child_heard="on", **child))
    page = station.get(answer.headers["location"]).text
    assert "Hoàng Thị Mây, Mẹ, đến 12/05/2032" in page
    assert "Hoàng Thị Mây (đã hỏi cháu), bằng lời nói" in page


def test_a_probable_duplicate_is_shown_and_can_be_told_apart(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse, birth="12/05/1985")
    answer = station.post("/patients/new", typed())
    assert answer.status_code == 409
    assert f'href="/patients/{known}"' in answer.text
    assert "Đây là người khác" in answer.text
    assert station.post("/patients/new", typed(act="someone_else")).status_code == 303


def test_a_known_number_leads_to_the_record(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse, cccd=CCCD)
    answer = station.post("/patients/new", typed())
    assert answer.status_code == 409
    assert f'href="/patients/{known}"' in answer.text


def test_a_patient_of_another_station_is_met_for_a_reason(
    app: FastAPI, station: Browser, database: Database
) -> None:
    with database.write() as unit:
        there = make_member(unit.session)
        known = make_patient(unit.session, there, cccd=CCCD, full_name="Lý Thị Lụa Xa")
    answer = station.post("/patients/new", typed())
    assert answer.status_code == 409
    assert "ở cơ sở khác" in answer.text
    assert "Lụa Xa" not in answer.text
    with database.read() as unit:
        told = select(AuditEntry.patient_id).where(AuditEntry.subject_kind == "exact_match")
        assert unit.session.exec(told).all() == [known.id]
    short = station.post("/patients/new", typed(act="meet", meet_reason="khám"))
    assert "ít nhất 10 ký tự" in short.text
    met = station.post("/patients/new", typed(act="meet", meet_reason="Đến khám tại trạm sáng nay"))
    assert met.headers["location"] == f"/patients/{known.id}?done=met"
    assert "Lý Thị Lụa Xa" in station.get(met.headers["location"]).text


def test_a_search_finds_without_marks_and_without_script(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse, cccd=CCCD)
    assert "Xem gần đây" in station.get("/patients").text
    for text in ("lua", "LÝ lụa", "1985", "0868123456", CCCD, CARD):
        page = station.post("/patients", {"text": text}, page="/patients").text
        assert f'href="/patients/{known}"' in page
    nobody = station.post("/patients", {"text": "Vàng A Páo"}, page="/patients").text
    assert "Chưa thấy ai khớp" in nobody


def test_htmx_is_given_the_results_only(station: Browser) -> None:
    part = station.get("/patients", hx_request="true", hx_target="results").text
    assert part.strip().startswith('<div id="results"')
    assert "<html" not in part


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        (CARD, ["Lý Thị Lụa", "12/05/1985", CCCD, "Thôn Nà Ít, xã Phủ Thông"]),
        ("Vàng A Páo 1990", ["Vàng A Páo"]),
        ("0868 123 456", ["0868 123 456"]),
        (CCCD, [CCCD]),
    ],
)
def test_a_scanned_card_or_a_search_fills_the_form(station: Browser, text: str, filled: list[str]) -> None:
    sent = {"text": text, "bhyt": "0100000178", "phone_relation": "mother"}
    page = station.post("/patients/new/fill", sent, page="/patients/new").text
    for value in [*filled, "0100000178"]:
        assert f'value="{value}"' in page
    assert '<option value="mother" selected>' in page


def test_a_change_is_saved_unless_somebody_was_faster(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    path = f"/patients/{known}/edit"
    assert 'value="12/05/1985"' in station.get(path).text
    change = {
        "version": "1",
        "full_name": "Lý Thị Lụa Em",
        "birth": "1985",
        "sex": "female",
        "no_id_reason": "refused",
        "phone": "0912 345 678",
    }
    saved = station.post(path, change)
    assert saved.headers["location"] == f"/patients/{known}?done=saved"
    page = station.get(saved.headers["location"]).text
    assert "Lý Thị Lụa Em" in page
    assert "0912 345 678" in page
    late = station.post(path, change)
    assert late.status_code == 412
    assert "Có người vừa sửa" in late.text


def test_who_helps_is_noted_with_the_patients_word_and_until_when(
    app: FastAPI, database: Database, nurse: MembershipActor, clock: FixedClock
) -> None:
    station = browser_of(app, database, nurse)
    known = patient_of(database, nurse)
    path = f"/patients/{known}/edit"
    change = {
        "version": "1",
        "full_name": "Lý Thị Lụa",
        "birth": "1985",
        "sex": "female",
        "no_id_reason": "refused",
        "phone": "0868 123 456",
        "phone2": "0912 345 678",
        "phone2_relation": "health_worker",
        "phone2_name": "Triệu Thị Mùi",
        "phone2_until": "31/12/2026",
        "guardian_name": "Lý Văn Sơn",
        "guardian_relation": "child",
        "guardian_basis": "authorised",
        "guardian_until": "30/06/2027",
    }
    refused = station.post(path, change)
    assert refused.status_code == 422
    assert "Cần ghi ngày người bệnh đồng ý" in refused.text
    assert 'href="#f-phone2_agreed"' in refused.text
    saved = station.post(path, {**change, "phone2_agreed": "on"})
    page = station.get(saved.headers["location"]).text
    for told in ("Giúp đến hết 31/12/2026", "Người bệnh đồng ý ngày 23/11/2026", "30/06/2027"):
        assert told in page
    # Saved again a week later, the day of the word stays; what the form does not show stays, too.
    clock.advance(days=7)
    with database.write() as unit:
        third = ContactDetails(phone="+84977000111", relation=Relation.SIBLING, name="Lý Thị Lan")
        kept = [
            ContactDetails(phone=each.phone_e164, relation=each.relation, agreed_on=each.agreed_on)
            for each in list_contacts(unit.session, nurse, UUID(known), now=unit.now)
        ]
        write_contacts(unit.session, UUID(known), [*kept, third], now=unit.now)
    station = browser_of(app, database, nurse)
    station.post(path, {**change, "version": "2", "phone2_agreed": "on"})
    page = station.get(f"/patients/{known}").text
    assert "Người bệnh đồng ý ngày 23/11/2026" in page
    assert "0977 000 111" in page


def test_a_consent_is_recorded_and_withdrawn_on_the_record(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    page = f"/patients/{known}"
    empty = station.post(f"{page}/consents", {"given_by": "patient"}, page=page)
    assert empty.status_code == 422
    assert "Chọn đồng ý về việc gì" in empty.text
    given = {"purpose": "treatment", "given_by": "patient", "how": "written"}
    assert station.post(f"{page}/consents", given, page=page).status_code == 303
    shown = station.get(page).text
    [withdrawal] = re.findall(rf'action="({page}/consents/[^"]+/withdrawal)"', shown)
    assert station.post(withdrawal, page=page).headers["location"] == f"{page}?done=withdrawn"
    assert "Đã rút lại 08:00, 23/11/2026" in station.get(page).text


def test_the_consent_texts_can_be_printed(
    station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    page = station.get(f"/patients/{known}/consent-sheet").text
    assert "Đồng ý khám bệnh từ xa" in page
    assert "Ký, ghi rõ họ tên" in page


def test_a_doctor_reads_only_whom_one_was_let_in_to(
    app: FastAPI, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    with database.write() as unit:
        doctor = make_doctor(unit.session)
    remote = browser_of(app, database, doctor)
    hidden, absent = remote.get(f"/patients/{known}"), remote.get(f"/patients/{new_id()}")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert remote.get("/patients/new").status_code == 403
    assert "Đăng ký người bệnh" not in remote.get("/patients").text


def test_reading_is_on_record_and_a_stranger_is_sent_to_sign_in(
    app: FastAPI, station: Browser, database: Database, nurse: MembershipActor
) -> None:
    known = patient_of(database, nurse)
    station.get(f"/patients/{known}")
    with database.read() as unit:
        reads = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "patient.read")).all()
        assert [(str(row.patient_id), row.subject_kind) for row in reads] == [
            (known, "patient"),
            (known, "timeline"),
        ]
    assert Browser(app).get("/patients").status_code in (303, 401)


def test_the_record_tells_the_number_that_forms_and_slips_ask_for(
    station: Browser, database: Database, nurse: MembershipActor, clock: FixedClock
) -> None:
    patient_id = patient_of(database, nurse, now=clock.now())
    with database.read() as unit:
        mrn = unit.session.get_one(Patient, UUID(patient_id)).mrn
    assert mrn in station.get(f"/patients/{patient_id}").text


def test_only_who_may_register_is_told_to(station: Browser, app: FastAPI, database: Database) -> None:
    with database.write() as unit:
        doctor = make_doctor(unit.session)
    assert "hoặc đăng ký người mới" in station.get("/patients").text
    assert "đăng ký" not in browser_of(app, database, doctor).get("/patients").text


def test_what_cannot_be_an_id_is_not_found(station: Browser) -> None:
    answer = station.get("/patients/xyz")
    assert answer.status_code == 404
    assert "Không tìm thấy trang này" in answer.text
