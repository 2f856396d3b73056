"""What a meter shows in another unit, and limits as they are written in Vietnam."""

import pytest

from tests.support.practice import Practice
from tests.web.visits.test_visit import station_form

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


@pytest.mark.parametrize(
    ("code", "typed", "words"),
    [
        ("weight", "0,2", "chỉ nhận từ 0,3 đến 350"),
        ("glucose", "126", "126 mg/dL là 7 mmol/L"),
        ("glucose", "45", "Đường huyết mao mạch ít gặp như vậy"),
        ("glucose", "45", "45 mg/dL là 2,5 mmol/L"),
    ],
)
def test_a_figure_that_cannot_be_or_is_rare_is_told_in_our_unit(
    practice: Practice, code: str, typed: str, words: str
) -> None:
    answer = practice.nurse.post(f"{practice.visit}/station", {**station_form(practice), code: typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed}"' in answer.text
