"""The pages of orders, in process: written beside the record, seen, done, declined, followed."""

import re
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth.orders.models import Order
from tests.support.clock import FixedClock
from tests.support.practice import PIN, Practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.practice import written_practice as written_practice

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


def add(practice: Practice, **more: str) -> UUID:
    given = {"kind": "lab", "what": "Công thức máu", "when": "week", **more}
    practice.doctor.post(f"{practice.visit}/orders", given, page=f"{practice.visit}/orders")
    return newest(practice).id


def newest(practice: Practice) -> Order:
    with practice.database.read() as unit:
        row = unit.session.exec(select(Order).order_by(Order.id.desc())).first()  # type: ignore[attr-defined]
        assert row is not None
        unit.session.expunge(row)
        return row


def finish(practice: Practice, order: UUID, result: str) -> None:
    page = f"/orders/{order}"
    version = re.search(r'name="version" value="(\d+)"', practice.nurse.get(page).text)
    assert version is not None
    practice.nurse.post(f"{page}/finish", {"version": version[1], "result": result}, page=page)


def sign(practice: Practice) -> None:
    page = practice.doctor.get(practice.case).text
    found = re.search(r'data-seen="\d+".*?name="version" value="(\d+)"', page, re.DOTALL)
    assert found is not None
    practice.doctor.post(f"{practice.visit}/sign", {"secret": PIN, "version": found[1]}, page=practice.case)


def test_the_workspace_fetches_the_part_and_an_order_moves_its_version(practice: Practice) -> None:
    assert f'hx-get="{practice.visit}/orders"' in practice.doctor.get(practice.case).text
    part = practice.doctor.get(f"{practice.visit}/orders").text
    assert 'id="part-orders"' in part
    assert 'name="version" value="0"' in part
    add(practice)
    part = practice.doctor.get(f"{practice.visit}/orders").text
    assert "Công thức máu" in part
    assert 'name="version" value="1"' in part


def test_script_gets_the_part_alone_and_the_signature_hears_of_it(practice: Practice) -> None:
    answer = practice.doctor.post(
        f"{practice.visit}/orders",
        {"kind": "lab", "what": "Ure", "when": "week"},
        page=f"{practice.visit}/orders",
        hx_request="true",
        hx_target="part-orders",
    )
    assert answer.text.lstrip().startswith('<section id="part-orders"')
    assert answer.headers["hx-trigger-after-settle"] == "record-saved"


def test_pressed_twice_it_is_ordered_once(practice: Practice) -> None:
    path = f"{practice.visit}/orders"
    shown = re.search(r'name="id" value="([0-9a-f-]{36})"', practice.doctor.get(path).text)
    assert shown is not None
    given = {"id": shown[1], "kind": "lab", "what": "Ure", "when": "now"}
    for _ in range(2):
        practice.doctor.post(path, given, page=path)
    assert practice.nurse.get("/orders").text.count(f'href="/orders/{shown[1]}"') == 1
    assert practice.nurse.get("/orders").text.count("Ure") == 1
    other = practice.doctor.post(path, {**given, "what": "Creatinin"}, page=path)
    assert other.status_code == 409
    assert "Creatinin" in other.text
    assert shown[1] not in other.text.split('id="order-new"', 1)[1]


def test_who_signs_is_offered_to_take_out_a_draft_of_somebody_else(practice: Practice) -> None:
    path = f"{practice.visit}/orders"
    practice.practitioner.post(path, {"kind": "lab", "what": "Ure", "when": "week"}, page=path)
    order = newest(practice)
    assert f"/orders/{order.id}/revoke" in practice.doctor.get(path).text
    assert f"/orders/{order.id}/revoke" not in practice.nurse.get(path).text
    practice.doctor.post(f"/orders/{order.id}/revoke", {"version": "1"}, page=path)
    assert newest(practice).state == "revoked"


def test_an_empty_order_is_asked_for_again_with_what_was_typed(practice: Practice) -> None:
    answer = practice.doctor.post(
        f"{practice.visit}/orders",
        {"kind": "lab", "what": "", "note": "Lúc đói"},
        page=f"{practice.visit}/orders",
    )
    assert answer.status_code == 422
    assert "Viết cần làm gì" in answer.text
    assert "Lúc đói" in answer.text


def test_signed_it_is_the_stations_task_seen_and_done(practice: Practice) -> None:
    order = add(practice)
    assert "Chỉ định mới" not in practice.nurse.get("/today").text
    sign(practice)
    today = practice.nurse.get("/today").text
    assert "Chỉ định mới: cần xem" in today
    assert f'href="/orders/{order}"' in today
    listed = practice.nurse.get("/orders").text
    assert "Công thức máu" in listed
    assert "Lý Thị 0" in listed
    version = str(newest(practice).version)
    practice.nurse.post(f"/orders/{order}/seen", {"version": version}, page="/orders")
    version = str(newest(practice).version)
    given = {"version": version, "result": "Bạch cầu 9,1"}
    practice.nurse.post(f"/orders/{order}/finish", given, page=f"/orders/{order}")
    seen = practice.doctor.get("/orders").text
    assert "Bạch cầu 9,1" in seen
    assert "Đã làm" in seen
    assert "Chỉ định cho trạm" in practice.nurse.get(practice.visit).text
    assert "Công thức máu" in practice.nurse.get(f"{practice.visit}/print").text


def test_what_comes_after_the_signature_stands_beside_the_record_and_not_in_it(
    practice: Practice, clock: FixedClock
) -> None:
    early, late = add(practice, what="Đường huyết", when="now"), add(practice)
    finish(practice, early, "7,8 mmol/l")
    clock.advance(minutes=1)
    sign(practice)
    before = practice.doctor.get(practice.visit).text
    assert "7,8 mmol/l" in before[before.index('<article class="doc"') : before.index("</article>")]
    assert 'id="results"' not in before
    assert "7,8 mmol/l" in practice.nurse.get(f"{practice.visit}/print").text
    clock.advance(minutes=10)
    finish(practice, late, "Bạch cầu 9,1")
    page = practice.doctor.get(practice.visit).text
    article, beside = page[page.index('<article class="doc"') :].split("</article>", 1)
    assert "Công thức máu" in article
    assert "Bạch cầu 9,1" not in article
    assert "Bạch cầu 9,1" in beside
    assert "Có sau khi ký, 08:11" in beside
    assert "Bạch cầu" not in practice.nurse.get(f"{practice.visit}/print").text


def test_a_wrong_value_is_explained_and_stays_typed(practice: Practice) -> None:
    order = add(practice, kind="measurement", what="Đo lại", code="systolic", when="now")
    page = f"/orders/{order}"
    assert "Huyết áp tâm thu (mmHg)" in practice.nurse.get(page).text
    given = {"version": str(newest(practice).version), "value": "9999", "result": "Tay trái"}
    answer = practice.nurse.post(f"{page}/finish", given, page=page)
    assert answer.status_code == 422
    assert "9999" in answer.text
    assert "Tay trái" in answer.text
    assert 'href="#f-other"' in answer.text, "both numbers are asked, and the field is named"
    impossible = practice.nurse.post(f"{page}/finish", {**given, "other": "80"}, page=page).text
    assert 'href="#f-value"' in impossible
    assert 'aria-invalid="true"' in impossible
    for other in ("160", "158"):
        swapped = practice.nurse.post(f"{page}/finish", {**given, "value": "158", "other": other}, page=page)
        assert swapped.status_code == 422
        assert 'href="#f-other"' in swapped.text
    empty = practice.nurse.post(f"{page}/finish", {"version": given["version"]}, page=page)
    assert empty.status_code == 422
    assert "không đo được thì ghi vì sao" in empty.text
    # Kept in the form only: nobody has done it yet.
    assert (newest(practice).state, newest(practice).result) == ("open", "")
    practice.nurse.post(f"{page}/finish", {**given, "value": "158", "other": "94"}, page=page)
    assert (newest(practice).state, newest(practice).result) == ("done", "158/94 mmHg\nTay trái")
    sign(practice)
    paper = practice.nurse.get(f"{practice.visit}/print").text
    assert "158/94 mmHg" in paper


def test_what_is_done_is_not_done_again_in_other_words(practice: Practice) -> None:
    order = add(practice, when="now")
    page = f"/orders/{order}"
    practice.nurse.post(f"{page}/finish", {"version": newest(practice).version, "result": "Hb 70"}, page=page)
    again = {"version": newest(practice).version, "result": "Hb 130"}
    refused = practice.nurse.post(f"{page}/finish", again, page=page)
    assert refused.status_code == 409
    assert 'id="f-result">Hb 130</p>' in refused.text, "nothing is asked any more, so no form holds it"
    assert newest(practice).result == "Hb 70"


def test_declining_needs_a_reason_and_keeps_the_words(practice: Practice) -> None:
    order = add(practice, when="now")
    page, version = f"/orders/{order}", str(newest(practice).version)
    refused = practice.nurse.post(f"{page}/decline", {"version": version, "result": "Hết que"}, page=page)
    assert refused.status_code == 422
    given = {"version": version, "result": "Hết que", "reason": "no_means"}
    practice.nurse.post(f"{page}/decline", given, page=page)
    assert "Trạm không có phương tiện. Hết que" in practice.doctor.get("/orders").text


def test_taken_back_it_is_gone_from_the_station(practice: Practice) -> None:
    order = add(practice, when="now")
    version = str(newest(practice).version)
    practice.doctor.post(f"/orders/{order}/revoke", {"version": version}, page=f"{practice.visit}/orders")
    assert "Công thức máu" not in practice.nurse.get("/orders").text


def test_a_doctor_without_a_part_in_it_finds_nothing(practice: Practice) -> None:
    order = add(practice, when="now")
    assert practice.stranger.get(f"/orders/{order}").status_code == 404
    assert practice.stranger.get(f"{practice.visit}/orders").status_code == 404
