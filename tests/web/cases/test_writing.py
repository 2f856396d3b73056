"""The doctor's workspace, written in: every part by itself, nothing typed is lost."""

import re
from datetime import date

import pytest
from httpx2 import Response

from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from tests.support.app import Browser
from tests.support.practice import PIN, Practice

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both


def post(
    browser: Browser, practice: Practice, part: str, data: dict[str, object], *, target: str = ""
) -> Response:
    """Post a part as a form does, or as htmx does when it names the element it will replace."""
    page = practice.case if browser is practice.doctor else f"{practice.visit}/write"
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', browser.get(page).text)
    assert token is not None
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    return browser.client.post(
        f"{practice.visit}/{part}", data={"csrf_token": token[1], **data}, headers=headers
    )


def stored(practice: Practice, name: Section = Section.FINDINGS) -> str:
    with practice.database.read() as unit:
        return queries.sections_of(unit.session, practice.world.visit)[name].text


def test_without_script_a_section_is_saved_by_its_button(practice: Practice) -> None:
    answer = post(practice.doctor, practice, "sections/findings", {"text": "Tim đều", "version": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, practice.case)
    assert stored(practice) == "Tim đều"
    assert "Đã lưu 08:00" in practice.doctor.get(practice.case).text


def test_an_autosave_swaps_its_state_and_never_the_field(practice: Practice) -> None:
    data = {"text": "Tim đều", "version": "0"}
    answer = post(practice.doctor, practice, "sections/findings", data, target="findings-state")
    assert answer.status_code == 200
    assert "<textarea" not in answer.text
    assert 'name="version" value="1"' in answer.text
    assert "Đã lưu 08:00" in answer.text
    assert answer.headers["HX-Trigger-After-Settle"] == "record-saved"
    assert "HX-Retarget" not in answer.headers


def clash(practice: Practice) -> Response:
    post(practice.practitioner, practice, "sections/findings", {"text": "Phổi trong", "version": "0"})
    data = {"text": "Tim đều", "version": "0"}
    return post(practice.doctor, practice, "sections/findings", data, target="findings-state")


def test_two_writers_see_both_texts_and_nothing_is_overwritten(practice: Practice) -> None:
    answer = clash(practice)
    assert answer.status_code == 422
    assert "Phổi trong" in answer.text
    assert "Tim đều" in answer.text
    assert "Hoàng Văn Dũng vừa viết mục này cùng lúc" in answer.text
    # The version stays the old one: further saving by itself must not settle the conflict.
    assert 'name="version" value="0"' in answer.text
    assert stored(practice) == "Phổi trong"


def test_a_version_that_never_was_keeps_what_was_typed(practice: Practice) -> None:
    data = {"text": "Tim đều", "version": "7"}
    answer = post(practice.doctor, practice, "sections/findings", data, target="findings-state")
    assert answer.status_code == 422
    assert 'name="version" value="0"' in answer.text
    assert "<textarea" not in answer.text, "the field keeps what was typed"


def test_a_row_that_cannot_be_there_changes_nothing(practice: Practice) -> None:
    for act in ("remove:" + "9" * 5_000, "first:٣"):
        data = {"version": "0", "act": act}
        answer = post(practice.doctor, practice, "diagnoses", data, target="diagnoses")
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("keep", "result"), [("mine", "Tim đều"), ("theirs", "Phổi trong"), ("both", "Phổi trong\nTim đều")]
)
def test_a_conflict_is_settled_by_a_choice(practice: Practice, keep: str, result: str) -> None:
    clash(practice)
    data = {"text": "Tim đều", "version": "0", "theirs": "1", "keep": keep}
    answer = post(practice.doctor, practice, "sections/findings", data, target="findings-state")
    assert answer.status_code == 200, answer.text
    assert answer.headers["HX-Retarget"] == "#section-findings"
    assert stored(practice) == result
    assert result in answer.text


def test_a_conflict_without_script_is_a_page_with_both_texts(practice: Practice) -> None:
    post(practice.practitioner, practice, "sections/findings", {"text": "Phổi trong", "version": "0"})
    answer = post(practice.doctor, practice, "sections/findings", {"text": "Tim đều", "version": "0"})
    assert answer.status_code == 422
    assert "<html" in answer.text
    assert re.search(r"<textarea[^>]+>\s*Tim đều</textarea>", answer.text)
    assert "Phổi trong" in answer.text


def test_text_that_is_too_long_stays_in_the_form(practice: Practice) -> None:
    answer = post(practice.doctor, practice, "sections/advice", {"text": "a" * 10_001, "version": "0"})
    assert answer.status_code == 422
    assert "dài quá 10000 ký tự" in answer.text
    assert "a" * 10_001 in answer.text


def test_a_form_of_somebody_else_is_refused(practice: Practice) -> None:
    answer = practice.doctor.client.post(
        f"{practice.visit}/sections/findings", data={"text": "Tim đều", "version": "0"}
    )
    assert answer.status_code == 403


def diagnoses(practice: Practice, rows: list[tuple[str, str, str]], **rest: str) -> Response:
    data: dict[str, object] = {
        "code": [row[0] for row in rows],
        "text": [row[1] for row in rows],
        "certainty": [row[2] for row in rows],
        "version": "0",
        **rest,
    }
    return post(practice.doctor, practice, "diagnoses", data, target="diagnoses-state")


def written(practice: Practice) -> list[tuple[str | None, str, str]]:
    with practice.database.read() as unit:
        rows = queries.conditions_of(unit.session, practice.world.visit)
        return [(row.code, row.text, row.certainty) for row in rows]


def test_a_found_code_is_added_with_its_words(practice: Practice) -> None:
    answer = diagnoses(practice, [], pick="I10")
    assert answer.headers["HX-Retarget"] == "#diagnoses"
    assert 'value="Tăng huyết áp vô căn (nguyên phát)"' in answer.text
    assert written(practice) == [("I10", "Tăng huyết áp vô căn (nguyên phát)", "provisional")]


def test_words_without_a_code_do(practice: Practice) -> None:
    diagnoses(practice, [], act="free", q="Theo dõi thiếu máu")
    assert written(practice) == [(None, "Theo dõi thiếu máu", "provisional")]


ROWS = [("I10", "Tăng huyết áp", "confirmed"), ("", "Theo dõi thiếu máu", "provisional")]


def test_diagnoses_are_ordered_and_removed(practice: Practice) -> None:
    diagnoses(practice, ROWS)
    assert [row[1] for row in written(practice)] == ["Tăng huyết áp", "Theo dõi thiếu máu"]
    diagnoses(practice, ROWS, act="first:1", version="1")
    assert [row[1] for row in written(practice)] == ["Theo dõi thiếu máu", "Tăng huyết áp"]
    diagnoses(practice, [ROWS[1], ROWS[0]], act="remove:0", version="2")
    assert [row[1] for row in written(practice)] == ["Tăng huyết áp"]


def test_saving_by_itself_swaps_the_state_only(practice: Practice) -> None:
    answer = diagnoses(practice, ROWS)
    assert "HX-Retarget" not in answer.headers
    assert 'name="text"' not in answer.text
    assert 'name="version" value="1"' in answer.text


def test_a_search_saves_nothing_and_keeps_what_is_typed(practice: Practice) -> None:
    answer = diagnoses(practice, ROWS, act="search", q="suy tim")
    assert answer.headers["HX-Retarget"] == "#codes"
    assert 'value="I50.0"' in answer.text
    assert written(practice) == []
    plain = post(
        practice.doctor,
        practice,
        "diagnoses",
        {
            "code": "",
            "text": "Theo dõi",
            "certainty": "provisional",
            "version": "0",
            "act": "search",
            "q": "suy tim",
        },
    )
    assert 'value="Theo dõi"' in plain.text
    assert 'value="I50.0"' in plain.text


def test_a_stale_list_of_diagnoses_is_told_and_settled(practice: Practice) -> None:
    diagnoses(practice, ROWS[:1])
    answer = diagnoses(practice, ROWS[1:])
    assert answer.status_code == 422
    assert "I10 Tăng huyết áp" in answer.text
    diagnoses(practice, ROWS[1:], theirs="1", keep="mine")
    assert [row[1] for row in written(practice)] == ["Theo dõi thiếu máu"]
    kept = diagnoses(practice, ROWS[:1], theirs="2", keep="theirs")
    assert 'value="Theo dõi thiếu máu"' in kept.text


@pytest.mark.parametrize(
    ("rows", "words"),
    [([("I1", "Lạ", "confirmed")], "không đúng dạng ICD-10"), ([("", "", "provisional")], "chưa có chữ")],
)
def test_wrong_diagnoses_are_told(practice: Practice, rows: list[tuple[str, str, str]], words: str) -> None:
    answer = diagnoses(practice, rows)
    assert answer.status_code == 422
    assert words in answer.text


def test_what_no_page_of_ours_sends_is_refused(practice: Practice) -> None:
    assert diagnoses(practice, [("I10", "Tăng huyết áp", "surely")]).status_code == 422
    assert diagnoses(practice, ROWS, act="dance:1").status_code == 422
    assert written(practice) == []


def plan(practice: Practice, **data: str) -> Response:
    return post(practice.doctor, practice, "follow-up", {"version": "0", **data}, target="follow-up")


def test_a_quick_choice_plans_the_follow_up(practice: Practice) -> None:
    answer = plan(practice, act="in:14")
    assert 'value="07/12/2026"' in answer.text
    assert "Đã lưu: hẹn 07/12/2026" in answer.text


def test_the_quick_choice_that_is_stored_is_marked(practice: Practice) -> None:
    marked = re.compile(r'name="act" value="([^"]+)" aria-pressed="true"')
    assert marked.findall(practice.doctor.get(practice.case).text) == []
    assert marked.findall(plan(practice, act="in:14:3").text) == ["in:14:3"]
    assert marked.findall(practice.doctor.get(practice.case).text) == ["in:14:3"]
    assert marked.findall(plan(practice, act="in:14:0", version="1").text) == [], "another leeway is not it"
    assert marked.findall(plan(practice, act="none", version="2").text) == ["none"]


def test_a_quick_choice_takes_the_place_of_a_mistyped_day(practice: Practice) -> None:
    answer = plan(practice, act="in:14", follow_up_on="31/02/2026")
    assert answer.status_code == 200
    assert 'value="07/12/2026"' in answer.text


def test_a_follow_up_is_typed_moved_and_taken_away(practice: Practice) -> None:
    station = str(practice.world.nurse.here)
    assert plan(practice, follow_up_on="30/11/2026", facility=station).status_code == 200
    assert 'name="version" value="2"' in plan(practice, follow_up_on="01/12/2026", version="1").text
    assert 'name="version" value="3"' in plan(practice, act="none", version="2").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("hôm nào", "Nhập ngày dạng ngày/tháng/năm"),
        ("31/02/2027", "Không có ngày 31/02/2027"),
        ("22/11/2026", "Ngày hẹn phải sau hôm nay"),
    ],
)
def test_a_wrong_date_is_told_and_kept(practice: Practice, typed: str, words: str) -> None:
    answer = plan(practice, follow_up_on=typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_stale_plan_is_told(practice: Practice) -> None:
    plan(practice, follow_up_on="30/11/2026")
    answer = plan(practice, follow_up_on="01/12/2026")
    assert answer.status_code == 422
    assert "30/11/2026" in answer.text
    assert 'value="01/12/2026"' in answer.text


def clash_of_plans(practice: Practice) -> Response:
    """Two plan the same visit: what is stored is the station's, the answer is the doctor's."""
    with practice.database.write() as unit:
        visit_id, by = practice.world.visit.id, practice.world.practitioner
        service.plan_follow_up(
            unit.session, by, visit_id, date(2026, 11, 30), None, version=0, slack_days=2, now=unit.now
        )
    return plan(practice, act="in:14:3")


def planned(practice: Practice) -> tuple[date | None, int]:
    with practice.database.read() as unit:
        visit = unit.session.get_one(Visit, practice.world.visit.id)
        return visit.follow_up_on, visit.follow_up_slack_days


def test_two_plans_stand_side_by_side_and_nothing_is_replaced_unasked(practice: Practice) -> None:
    answer = clash_of_plans(practice)
    assert answer.status_code == 422
    assert "30/11/2026 ± 2 ngày\nTrạm" in answer.text
    assert "07/12/2026 ± 3 ngày\nTrạm" in answer.text
    assert 'value="07/12/2026"' in answer.text
    versions = re.findall(r'name="(version|theirs)" value="(\d+)"', answer.text)
    assert versions == [("version", "0"), ("theirs", "1")]
    # The next save of the part brings what the page has, and has not chosen.
    unasked = plan(practice, follow_up_on="07/12/2026", slack="3", theirs="1")
    assert unasked.status_code == 422
    assert planned(practice) == (date(2026, 11, 30), 2)


@pytest.mark.parametrize(
    ("keep", "stays"), [("mine", (date(2026, 12, 7), 3)), ("theirs", (date(2026, 11, 30), 2))]
)
def test_one_of_two_plans_is_chosen(practice: Practice, keep: str, stays: tuple[date, int]) -> None:
    clash_of_plans(practice)
    answer = plan(practice, follow_up_on="07/12/2026", slack="3", theirs="1", keep=keep)
    assert answer.status_code == 200
    assert "clash" not in answer.text
    assert planned(practice) == stays
    assert f'value="{stays[0]:%d/%m/%Y}"' in answer.text


def test_a_wrong_date_keeps_the_version_that_was_read(practice: Practice) -> None:
    clash_of_plans(practice)
    assert 'name="version" value="0"' in plan(practice, follow_up_on="hôm nào").text


def test_nothing_is_signed_while_two_plans_wait_for_a_choice(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page = post(practice.doctor, practice, "follow-up", {"version": "0", "follow_up_on": "07/12/2026"})
    assert page.status_code == 422
    assert "Chọn bản giữ lại rồi mới ký" in page.text
    assert 'name="secret"' not in page.text


def test_words_a_page_does_not_show_are_read_before_they_are_signed(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    shown = re.findall(r'name="version" value="(\d+)"', practice.doctor.get(practice.case).text)[:5]
    post(
        practice.practitioner,
        practice,
        "sections/opinion",
        {"text": "Theo dõi tại trạm", "version": shown[1]},
    )
    query = "&".join(f"version={each}" for each in shown)
    part = practice.doctor.get(f"{practice.case}?{query}", hx_request="true", hx_target="sign").text
    version = re.findall(r'name="version" value="(\d+)"', part)[-1]
    answer = post(practice.doctor, practice, "sign", {"version": version, "secret": PIN})
    assert answer.status_code == 412
    assert "Theo dõi tại trạm" in answer.text
    assert "đọc lại rồi ký" in answer.text


def test_the_signature_is_asked_for_once_nothing_is_missing(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    part = practice.doctor.get(practice.case, hx_request="true", hx_target="sign", x_live_refresh="1").text
    assert part.lstrip().startswith('<section class="card stack tight" id="sign"')
    assert 'name="secret"' in part
