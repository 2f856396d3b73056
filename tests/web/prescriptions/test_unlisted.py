"""What no list of medicines holds: a search in vain, and what is written all the same."""

import pytest

from tests.support.practice import Practice
from tests.support.prescriptions import Pharmacy
from tests.web.prescriptions.test_prescribing import BLANK, page_of, post, stored

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


def test_a_search_in_vain_says_so(practice: Practice, pharmacy: Pharmacy) -> None:
    words = "Không có trong danh mục thuốc"
    assert words in post(practice, {"q": "xyzalgon", "act": "search"}).text
    assert words not in post(practice, {"q": "amlo", "act": "search"}).text
    assert words not in practice.doctor.get(page_of(practice)).text
    with practice.database.read() as unit:
        list_id = pharmacy.medicine(unit.session, "Amlodipin").formulary_id
    part = practice.doctor.get(f"/medicines?q=xyzalgon&list={list_id}").text
    assert words in part
    assert words not in practice.doctor.get(f"/medicines?q=&list={list_id}").text


def test_a_free_line_of_a_known_name_asks_why_and_is_content_with_a_reason(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    post(practice, {"q": "amoxicillin 500mg", "act": "free"})
    page = practice.doctor.get(page_of(practice)).text
    assert "đọc theo tên là: amoxicilin" in page
    assert 'name="allergy-0"' in page
    row = BLANK | {"generic_name": "amoxicillin 500mg"}
    post(practice, {"allergy-0": "Đã dùng, không sao"}, rows=[row])
    assert dict(stored(practice)[0].acknowledged) == {"allergy": "Đã dùng, không sao"}


def test_a_line_that_names_another_medicine_is_printed_anew(practice: Practice, pharmacy: Pharmacy) -> None:
    post(practice, {"q": "panadol", "act": "free"})
    same = post(practice, {}, rows=[BLANK | {"generic_name": "panadol 500"}], target="prescription-state")
    assert "đọc theo tên là" not in same.text, "nothing new to say"
    other = post(practice, {}, rows=[BLANK | {"generic_name": "amlodipine"}], target="prescription-state")
    assert "đọc theo tên là: amlodipin" in other.text
