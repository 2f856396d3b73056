"""The examination on its page and beside the record: normal in one tap, both texts in a conflict."""

import json
import re

import pytest
from httpx2 import Response

from telehealth.access.rules import ConsultKind
from telehealth.examination import queries
from telehealth.examination.rules import Content, Question, System
from telehealth.examination.service import save_template
from telehealth.staff.rules import Role
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.app import Browser
from tests.support.practice import PIN, Practice
from tests.support.world import make_member
from tests.web.charting.conftest import Post

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both


def put(
    post: Post,
    browser: Browser,
    practice: Practice,
    item: str,
    state: str,
    text: str = "",
    *,
    version: int = 0,
) -> Response:
    page = f"{practice.visit}/examination"
    data = {"state": state, "text": text, "version": str(version)}
    return post(browser, page, f"{page}/items/{item}", data, f"exam-{item}-state")


def stored(practice: Practice) -> dict[str, str]:
    """The words of every item."""
    with practice.database.read() as unit:
        return {item: row.text for item, row in queries.items_of(unit.session, practice.world.visit).items()}


def test_a_tap_on_normal_is_saved_and_only_its_state_is_swapped(practice: Practice, post: Post) -> None:
    answer = put(post, practice.doctor, practice, "heart", "normal")
    assert answer.status_code == 200
    assert "<textarea" not in answer.text
    assert 'id="exam-heart-state"' in answer.text
    assert 'name="version" value="1"' in answer.text
    assert answer.headers["HX-Trigger-After-Settle"] == "record-saved"
    assert "HX-Retarget" not in answer.headers
    assert stored(practice)["heart"] == "Tim đều, không tiếng thổi."


def test_all_others_are_normal_in_one_press(practice: Practice, post: Post) -> None:
    put(post, practice.doctor, practice, "lungs", "abnormal", "Ran ẩm")
    page = f"{practice.visit}/examination"
    assert "Các hệ chưa ghi đều bình thường" in practice.doctor.get(page).text
    answer = post(practice.doctor, page, f"{page}/rest", {}, "part-examination")
    assert 'id="part-examination"' in answer.text
    assert "<html" not in answer.text
    assert stored(practice)["lungs"] == "Ran ẩm"
    assert len(stored(practice)) == 8
    assert "Các hệ chưa ghi" not in practice.doctor.get(page).text


def test_without_script_it_is_a_page_that_comes_back(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/examination"
    data = {"state": "abnormal", "text": "Ran ẩm", "version": "0"}
    answer = post(practice.doctor, page, f"{page}/items/lungs", data)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "Ran ẩm" in practice.doctor.get(page).text


def test_two_writers_of_one_system_see_both_texts(practice: Practice, post: Post) -> None:
    put(post, practice.practitioner, practice, "heart", "abnormal", "Thổi tâm thu")
    answer = put(post, practice.doctor, practice, "heart", "abnormal", "Ngoại tâm thu")
    assert answer.status_code == 422
    assert "Thổi tâm thu" in answer.text
    assert "Ngoại tâm thu" in answer.text
    assert stored(practice)["heart"] == "Thổi tâm thu"
    page = f"{practice.visit}/examination"
    kept = {"state": "abnormal", "text": "Ngoại tâm thu", "version": "0", "theirs": "1", "keep": "mine"}
    post(practice.doctor, page, f"{page}/items/heart", kept, "exam-heart-state")
    assert stored(practice)["heart"] == "Ngoại tâm thu"


def test_the_words_of_normal_do_not_stay_when_it_is_not(practice: Practice, post: Post) -> None:
    put(post, practice.doctor, practice, "heart", "normal")
    put(post, practice.doctor, practice, "heart", "abnormal", "Tim đều, không tiếng thổi.", version=1)
    assert stored(practice)["heart"] == ""


def test_the_workspace_fetches_it_and_its_versions_add_up(practice: Practice, post: Post) -> None:
    put(post, practice.doctor, practice, "heart", "normal")
    put(post, practice.doctor, practice, "heart", "abnormal", "Thổi", version=1)
    page = f"{practice.visit}/examination"
    post(practice.doctor, page, f"{page}/template", {"template": "chronic"}, "part-examination")
    case = practice.doctor.get(practice.case).text
    assert f'hx-get="{page}"' in case
    part = practice.doctor.get(f"{page}?embed=1", hx_request="true", hx_target="part-examination").text
    assert "<html" not in part
    shown = sum(int(each.split('"')[0]) for each in part.split('name="version" value="')[1:])
    with practice.database.read() as unit:
        assert shown == queries.version_of(unit.session, practice.world.visit) == 3


def test_a_nurse_reads_and_does_not_write(practice: Practice, post: Post) -> None:
    page = f"{practice.visit}/examination"
    assert practice.nurse.get(page).status_code == 200
    answer = post(practice.nurse, page, f"{page}/rest", {})
    assert answer.status_code == 403
    assert practice.stranger.get(page).status_code == 404


def test_the_signed_record_shows_it_under_its_template(practice: Practice, post: Post) -> None:
    put(post, practice.doctor, practice, "heart", "normal")
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    for path in (practice.visit, f"{practice.visit}/print"):
        page = practice.doctor.get(path).text
        assert "Tim: Tim đều, không tiếng thổi." in page
        assert "Mẫu Khám chung, bản 1" in page
    assert PIN not in page
    assert "<textarea" not in practice.doctor.get(f"{practice.visit}/examination").text


NEWER = Content(
    ("pulse",),
    (System("heart", "Tim mạch (bản mới)", "Nhịp đều, mỏm tim đúng chỗ."),),
    (Question("since", "Từ bao giờ (bản mới)"),),
)
NEW_WORDS = ("bản mới", "mỏm tim đúng chỗ")


def save_newer(practice: Practice) -> None:
    """An administrator saves another version of the template: other labels, other words for normal."""
    with practice.database.write() as unit:
        admin = make_member(unit.session, practice.world.station(unit.session), role=Role.ADMIN)
        saved = save_template(
            unit.session, admin, "general", name="Khám tổng quát", content=NEWER, version=1, now=unit.now
        )
        assert saved.version == 2


def test_a_signed_record_reads_as_it_was_written_after_its_template_was_changed(
    practice: Practice, post: Post
) -> None:
    put(post, practice.doctor, practice, "heart", "normal")
    put(post, practice.doctor, practice, "lungs", "abnormal", "Ran ẩm đáy phổi phải")
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        signed = practice.world.sign(unit.session, now=unit.now).canonical
    paths = (practice.visit, f"{practice.visit}/print", f"{practice.visit}/examination")
    before = {path: shown(practice, path) for path in paths}
    save_newer(practice)
    for path in paths[:2]:
        page = shown(practice, path)
        assert page == before[path]
        for words in ("Tim: Tim đều, không tiếng thổi.", "Ran ẩm đáy phổi phải", "Mẫu Khám chung, bản 1"):
            assert words in page
        assert not any(words in page for words in NEW_WORDS)
    assert not any(words in shown(practice, paths[2]) for words in NEW_WORDS)
    part = json.loads(signed)["parts"]["examination"]
    assert (part["template"]["version"], part["systems"][0]["label"]) == (1, "Tim")


def test_a_record_begun_goes_on_under_its_version_and_a_new_one_takes_the_newer(
    practice: Practice, post: Post
) -> None:
    put(post, practice.doctor, practice, "heart", "normal")
    save_newer(practice)
    page = shown(practice, f"{practice.visit}/examination")
    assert "Tim đều, không tiếng thổi." in page
    assert not any(words in page for words in NEW_WORDS)
    with practice.database.write() as unit:
        wanted = VisitRequest(
            patient_id=practice.world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho"
        )
        other = open_visit(unit.session, practice.world.nurse, wanted, now=unit.now)
    assert "bản mới" in practice.practitioner.get(f"/visits/{other.id}/examination").text


def shown(practice: Practice, path: str) -> str:
    """What the page says, without what differs from one opening to the next."""
    text = practice.doctor.get(path).text.partition("<main")[2]
    return re.sub(r'(csrf_token" value=|nonce=|X-Live-Refresh"?: )"[^"]*"', "", text)


def test_a_refused_entry_says_why_and_keeps_what_was_typed(practice: Practice, post: Post) -> None:
    answer = put(post, practice.doctor, practice, "heart", "fine", "Thổi")
    assert answer.status_code == 422
    assert "Chọn bình thường, bất thường hoặc không khám." in answer.text
    assert stored(practice) == {}
