"""What a template may hold, and which one a visit begins with."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.examination.rules import CODE, accept_content, accept_name, read_content, usual_template
from telehealth.kit.errors import InvalidError

HEART = ("heart", "Tim", "Tim đều.")


@pytest.mark.parametrize(
    ("measurements", "systems", "questions", "refusal"),
    [
        ((), (), (), "template-empty"),
        ((), (("", " ", ""),), (("", "Hỏi"),), "template-empty"),
        (("mood",), (HEART,), (), "template-measurement-unknown"),
        ((), (("heart", "Tim", " "),), (), "template-normal-missing"),
        ((), (HEART, ("lungs", "TIM", "Đều")), (), "template-item-twice"),
        ((), (HEART, ("heart", "Phổi", "Trong")), (), "template-item-twice"),
        ((), (("He art", "Tim", "Đều"),), (), "template-item-twice"),
        ((), (HEART,), (("", "Tim"),), "template-item-twice"),
        ((), (("", "a" * 121, "Đều"),), (), "template-label-long"),
        ((), (("", "Tim", "a" * 301),), (), "template-label-long"),
        ((), tuple(("", f"Hệ {n}", "Đều") for n in range(31)), (), "template-too-long"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_by_name(
    measurements: Sequence[str],
    systems: Sequence[tuple[str, str, str]],
    questions: Sequence[tuple[str, str]],
    refusal: str,
) -> None:
    with pytest.raises(InvalidError, match=refusal):
        accept_content(measurements, systems, questions)


def test_a_new_system_gets_a_code_of_its_words_and_an_old_one_keeps_its_own() -> None:
    content = accept_content(("weight", "pulse"), (HEART, ("", "Răng hàm mặt", "Bình thường")), ())
    assert [each.code for each in content.systems] == ["heart", "rang_ham_mat"]
    assert content.measurements == ("pulse", "weight"), "in the order of pages"


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8),
    st.lists(st.text(max_size=20), max_size=4),
)
def test_what_is_accepted_is_stored_and_read_as_it_was(labels: list[str], questions: list[str]) -> None:
    try:
        content = accept_content(
            (), [("", label, "Bình thường") for label in labels], [("", q) for q in questions]
        )
    except InvalidError:
        return
    assert read_content(content.as_json()) == content
    codes = [each.code for each in (*content.systems, *content.questions)]
    assert len(codes) == len(set(codes))
    assert all(CODE.fullmatch(code) for code in codes)


@pytest.mark.parametrize(
    ("days", "is_pregnant", "code"),
    [
        (10, False, "child"),
        (15 * 365, False, "child"),
        (17 * 366, False, "general"),
        (9_999, True, "pregnancy"),
    ],
)
def test_a_visit_begins_in_the_usual_template(days: int, is_pregnant: bool, code: str) -> None:
    assert usual_template(oldest_days=days, is_pregnant=is_pregnant) == code


@pytest.mark.parametrize(
    ("name", "refusal"), [(" ", "template-name-missing"), ("a" * 121, "template-label-long")]
)
def test_a_name_is_a_short_line(name: str, refusal: str) -> None:
    with pytest.raises(InvalidError, match=refusal):
        accept_name(name)
