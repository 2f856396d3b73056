"""The pages of minutes: begun in one press, saved part by part, signed by PIN, printed when complete."""

import re

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.conferences import queries
from telehealth.conferences.part import MinutesPart
from telehealth.kit.ids import new_id
from tests.support.app import Browser
from tests.support.pdfs import A4, A5, metadata_of, patient_press, sizes_of, text_of
from tests.support.practice import PIN, Practice

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both

TEXTS = {"discussion": "Chưa đạt đích", "conclusion": "Tăng huyết áp", "plan": "Tăng liều"}


def address(practice: Practice, more: str = "") -> str:
    return f"{practice.visit}/minutes{more}"


def begin(practice: Practice) -> str:
    assert practice.nurse.post(address(practice, "/begin"), {}, page="/today").status_code == 303
    return practice.nurse.get(address(practice)).text


def write(practice: Practice) -> None:
    begin(practice)
    for name, text in TEXTS.items():
        data = {"text": text, "version": "0"}
        answer = practice.doctor.post(address(practice, f"/texts/{name}"), data, page="/queue")
        assert answer.status_code == 303


def sign(practice: Practice, by: Browser, *, pin: str = PIN) -> int:
    page = by.get(address(practice)).text
    (version,) = re.findall(r'<form[^>]+/minutes/sign".*?name="version" value="(\d+)"', page, re.DOTALL)
    data = {"pin": pin, "version": version}
    return by.post(address(practice, "/sign"), data, page="/patients").status_code


def complete(practice: Practice) -> None:
    write(practice)
    assert sign(practice, practice.doctor) == 303
    assert sign(practice, practice.nurse) == 303


def test_the_workspace_of_a_support_fetches_its_minutes_and_names_them_missing(practice: Practice) -> None:
    page = practice.practitioner.get(f"{practice.visit}/write").text
    assert f'hx-get="{address(practice)}"' in page
    assert '<a class="chip" href="#part-minutes">Biên bản hội chẩn</a>' in page
    assert f'href="{address(practice)}"' in practice.nurse.get(practice.visit).text


def test_one_press_fills_in_what_is_known(practice: Practice) -> None:
    assert "Lập biên bản" in practice.nurse.get(address(practice)).text
    page = begin(practice)
    assert "Lý do khám: Đau đầu, chóng mặt ba ngày" in page
    assert "Huyết áp 158/94 mmHg" in page
    assert "I10 Tăng huyết áp vô căn" in page
    assert len(re.findall(r"<option [^>]*selected", page)) == 2


def test_texts_are_saved_and_a_conflict_shows_both(practice: Practice) -> None:
    write(practice)
    clash = practice.nurse.post(
        address(practice, "/texts/plan"), {"text": "Giữ liều", "version": "0"}, page="/today"
    )
    assert clash.status_code == 422
    assert "Giữ liều" in clash.text
    assert "Tăng liều" in clash.text
    both = {"text": "Giữ liều", "version": "0", "theirs": "1", "keep": "both"}
    assert practice.nurse.post(address(practice, "/texts/plan"), both, page="/today").status_code == 303
    assert "Tăng liều\nGiữ liều" in practice.nurse.get(address(practice)).text


def frame(practice: Practice, **more: object) -> dict[str, object]:
    world = practice.world
    return {
        "held_on": "23/11/2026",
        "held_time": "7h45",
        "place": "Phòng họp",
        "chair": str(world.doctor.ref),
        "secretary": str(world.nurse.ref),
        "version": "1",
        "outside_name": ["Lê Thị Hoa", ""],
        "outside_title": ["GS.", ""],
        "outside_facility": ["Bệnh viện Bạch Mai", ""],
        **more,
    }


def test_time_place_and_people_are_saved_with_outside_colleagues(practice: Practice) -> None:
    begin(practice)
    data = frame(practice, members=[str(practice.world.practitioner.ref)])
    assert practice.nurse.post(address(practice, "/frame"), data, page="/today").status_code == 303
    page = practice.nurse.get(address(practice)).text
    assert 'value="07:45"' in page
    assert 'value="Lê Thị Hoa"' in page
    with practice.database.read() as unit:
        people = queries.people_of(unit.session, practice.world.visit.id)
        assert [each.role for each in people] == ["chair", "secretary", "member", "member"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"held_time": "sáng"}, "Nhập giờ dạng 09:30"),
        ({"held_on": "hôm qua"}, "Nhập ngày dạng 30/11/2026"),
        ({"held_time": "09:00"}, "ở tương lai"),
        ({"version": "7"}, "vừa viết mục này cùng lúc"),
        ({"chair": ""}, None),
    ],
)
def test_what_is_typed_wrong_is_kept_and_said(
    practice: Practice, changes: dict[str, str], words: str | None
) -> None:
    begin(practice)
    answer = practice.nurse.post(address(practice, "/frame"), frame(practice, **changes), page="/today")
    if words is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert words in answer.text
    assert "Lê Thị Hoa" in answer.text


def test_chair_and_secretary_sign_with_their_own_pin(practice: Practice) -> None:
    write(practice)
    assert sign(practice, practice.doctor, pin="000000") == 422
    assert sign(practice, practice.doctor) == 303
    page = practice.doctor.get(address(practice)).text
    assert "Đã ký 08:00, 23/11/2026" in page
    assert "/minutes/sign" not in page
    assert practice.nurse.get(address(practice, "/print")).status_code == 404
    assert sign(practice, practice.nurse) == 303
    assert "đã đủ chữ ký" in practice.nurse.get(address(practice)).text


def test_opened_again_needs_a_reason(practice: Practice) -> None:
    complete(practice)
    refused = practice.nurse.post(address(practice, "/reopen"), {}, page="/today")
    assert refused.status_code == 422
    assert "Ghi lý do mở lại" in refused.text
    opened = practice.nurse.post(address(practice, "/reopen"), {"reopen_reason": "Sai liều"}, page="/today")
    assert opened.status_code == 303
    assert 'name="text"' in practice.nurse.get(address(practice)).text


def test_the_versions_on_the_page_add_up_to_that_of_the_part(practice: Practice) -> None:
    """Whoever signs the record waits for that sum (web/static/js/sign.js)."""

    def add_up() -> int:
        page = practice.nurse.get(address(practice)).text
        saves = re.findall(r'class="save"[^>]*><input type="hidden" name="version" value="(\d+)"', page)
        return sum(map(int, saves))

    def stored() -> int:
        with practice.database.read() as unit:
            return MinutesPart().version(unit.session, practice.world.visit)

    assert add_up() == stored() == 0
    write(practice)
    assert add_up() == stored() > 0
    sign(practice, practice.doctor)
    assert add_up() == stored()
    sign(practice, practice.nurse)
    assert add_up() == stored()


def test_complete_minutes_are_printed_and_that_is_on_record(practice: Practice) -> None:
    complete(practice)
    sheet = practice.practitioner.get(address(practice, "/print"))
    assert sheet.status_code == 200
    for text in ("BIÊN BẢN HỘI CHẨN", *TEXTS.values(), "Chưa ký số", "Chủ tọa", "Thư ký"):
        assert text in sheet.text
    with practice.database.read() as unit:
        query = select(AuditEntry.subject_id).where(AuditEntry.action == "visit.print")
        assert list(unit.session.exec(query)) == [practice.world.visit.id]


@pytest.mark.parametrize(("more", "size"), [("", A4), ("?size=a5", A5)])
def test_minutes_as_a_file_say_what_was_signed(practice: Practice, more: str, size: tuple[int, int]) -> None:
    complete(practice)
    with patient_press(practice.app):
        content = practice.nurse.get(f"{practice.visit}/papers/minutes.pdf{more}").content
    text = text_of(content)
    for words in ("BIÊN BẢN HỘI CHẨN", *TEXTS.values(), "Chưa ký số", "Chủ tọa", "Thư ký"):
        assert words in text, words
    assert sizes_of(content) == [size]
    assert metadata_of(content)["Title"] == "BIÊN BẢN HỘI CHẨN"


def test_the_sheet_of_minutes_offers_the_other_size_and_the_files(practice: Practice) -> None:
    complete(practice)
    sheet = address(practice, "/print")
    usual, small = (practice.nurse.get(f"{sheet}{more}").text for more in ("", "?size=a5"))
    assert "/a4.css" in usual
    assert "/a4.css" not in small
    assert f'href="{sheet}?size=a5"' in usual
    assert f'href="{practice.visit}/papers/minutes.pdf?size=a5"' in usual


def test_hidden_and_absent_minutes_look_alike(practice: Practice) -> None:
    complete(practice)
    for more in ("", "/print"):
        hidden = practice.stranger.get(address(practice, more))
        absent = practice.stranger.get(f"/visits/{new_id()}/minutes{more}")
        assert hidden.status_code == absent.status_code == 404


def readings(practice: Practice) -> int:
    with practice.database.read() as unit:
        query = select(AuditEntry.id).where(AuditEntry.action == "visit.read")
        return len(unit.session.exec(query).all())


def test_fetched_into_the_workspace_they_are_one_reading_with_it(practice: Practice) -> None:
    practice.practitioner.get(f"{practice.visit}/write")
    assert readings(practice) == 1
    practice.practitioner.get(address(practice, "?embed=1"), hx_request="true", hx_target="part-minutes")
    assert readings(practice) == 1


def test_nobody_reads_them_unseen_by_asking_as_the_workspace_does(practice: Practice) -> None:
    practice.practitioner.get(address(practice, "?embed=1"), hx_request="true", hx_target="part-minutes")
    assert readings(practice) == 1
