"""Questionnaires as data, and how answers are judged: pure, so no database."""

from collections.abc import Mapping
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.checks.questions import (
    RANK,
    Content,
    Kind,
    Level,
    judge,
    read_content,
    worst,
)
from telehealth.checks.service.sheets import SHIPPED
from telehealth.kit.errors import InvalidError
from tests.support.checks import AMBER, GOOD, RED


def shipped(code: str) -> Content:
    return read_content(files("telehealth.checks").joinpath(f"data/{code}.toml").read_text("utf-8"))


PRESSURE = shipped("blood_pressure")
BASE = 'name = { vi = "Tên", en = "Name" }\n'
NUMBER = '[[question]]\ncode = "n"\nkind = "number"\nwords = { vi = "Số", en = "N" }\npossible = "0 10"\n'


def rule(level: str, when: str) -> str:
    """A rule with one condition, as it is written."""
    return f'[[rule]]\nlevel = "{level}"\nwords = {{ vi = "a", en = "b" }}\nwhen = ["{when}"]\n'


def values_of(content: Content) -> st.SearchStrategy[Mapping[str, str]]:
    """Anything people, machines and mischief may send."""
    words = st.one_of(
        st.sampled_from(["yes", "no", "all", "none", "some", "180", "36,8", "-1", "1e5", "NaN", "", " "]),
        st.text(max_size=20),
        st.decimals(allow_nan=True).map(str),
        st.integers(-500, 500).map(str),
    )
    codes = st.sampled_from([*(each.code for each in content.questions), "unknown"])
    return st.dictionaries(codes, words)


def test_all_that_ship_can_be_read_and_have_both_languages() -> None:
    for code in SHIPPED:
        content = shipped(code)
        assert content.questions
        assert any(rule.level is Level.RED for rule in content.rules)
        assert any(question.kind is Kind.TEXT for question in content.questions)


@pytest.mark.parametrize("code", SHIPPED)
def test_each_rule_that_ships_says_where_it_comes_from_and_that_nobody_has_approved_it(code: str) -> None:
    """A document and how far it was compared; or that none was found, for the approver to see."""
    open_words = ("chưa có người duyệt", "người duyệt", "Đối chiếu qua nguồn thứ hai", "Không phải ngưỡng đo")
    for rule in shipped(code).rules:
        assert 20 < len(rule.source) <= 200, rule.words.vi
        assert any(each.lower() in rule.source.lower() for each in open_words), rule.source


@pytest.mark.parametrize(
    ("given_answers", "level"),
    [
        (GOOD, Level.GREEN),
        (AMBER, Level.AMBER),
        (RED, Level.RED),
        ({**GOOD, "systolic": "180"}, Level.RED),
        ({**GOOD, "systolic": "179"}, Level.AMBER),
        ({**GOOD, "diastolic": "110"}, Level.RED),
        ({**GOOD, "medicine": "none"}, Level.AMBER),
        ({**GOOD, "more": "Hơi chóng mặt"}, Level.AMBER),
        ({**GOOD, "systolic": ""}, Level.AMBER),
        ({**GOOD, "systolic": "12o"}, Level.AMBER),
        ({**GOOD, "systolic": "1280"}, Level.AMBER),
        ({"danger": "yes"}, Level.RED),
        ({}, Level.AMBER),
    ],
)
def test_thresholds_of_the_blood_pressure(given_answers: Mapping[str, str], level: Level) -> None:
    assert judge(PRESSURE, given_answers).level is level


def test_conditions_of_one_rule_must_all_hold() -> None:
    wound = shipped("wound")
    pus = {"look": "pus", "fever": "no", "pain": "2"}
    assert judge(wound, pus).level is Level.AMBER
    assert judge(wound, {**pus, "fever": "yes"}).level is Level.RED


def test_a_decimal_comma_is_read() -> None:
    glucose, others = shipped("glucose"), {"low_signs": "no", "high_signs": "no", "foot": "no"}
    assert judge(glucose, {**others, "glucose": "5,4"}) == judge(glucose, {**others, "glucose": "5.4"})
    assert judge(glucose, {**others, "glucose": "2,9"}).level is Level.RED


@pytest.mark.parametrize("typed", ["5.400", "5,400", "2.900", "1 .000"])
def test_a_number_that_may_be_thousands_is_looked_at_by_a_person(typed: str) -> None:
    glucose, others = shipped("glucose"), {"low_signs": "no", "high_signs": "no", "foot": "no"}
    judged = judge(glucose, {**others, "glucose": typed})
    assert (judged.level, judged.unreadable) == (Level.AMBER, ("glucose",))


@given(st.data())
def test_nothing_anybody_sends_is_green_unless_all_is_answered_and_no_rule_holds(data: st.DataObject) -> None:
    content = shipped(data.draw(st.sampled_from(SHIPPED)))
    judged = judge(content, data.draw(values_of(content)))
    if judged.level is Level.GREEN:
        assert judged.is_whole
        assert judged.fired == ()
    assert RANK[judged.level] >= max((RANK[content.rules[each].level] for each in judged.fired), default=0)


@given(st.data())
def test_a_sign_of_danger_is_red_whatever_else_is_said(data: st.DataObject) -> None:
    others = data.draw(values_of(PRESSURE))
    assert judge(PRESSURE, {**others, "danger": "yes"}).level is Level.RED


@given(st.data())
def test_leaving_an_answer_out_never_turns_what_is_not_green_into_green(data: st.DataObject) -> None:
    answers = dict(data.draw(values_of(PRESSURE)))
    judged = judge(PRESSURE, answers)
    required = [each.code for each in PRESSURE.questions if not each.is_optional and each.code in answers]
    if required:
        answers.pop(data.draw(st.sampled_from(required)))
        assert judge(PRESSURE, answers).level is not Level.GREEN
    else:
        assert judge(PRESSURE, dict(reversed(answers.items()))) == judged


@given(st.lists(st.sampled_from(["", *Level])))
def test_the_worst_of_all_counts(levels: list[str]) -> None:
    assert RANK[worst(*levels)] == max((RANK[each] for each in levels), default=0)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("name = ", "questionnaire-unreadable"),
        (BASE, "questionnaire-empty"),
        (NUMBER, "questionnaire-unreadable"),
        (BASE + NUMBER + NUMBER, "questionnaire-empty"),
        (BASE + NUMBER.replace('"0 10"', '"10 0"'), "questionnaire-question"),
        (BASE + NUMBER.replace('"number"', '"colour"'), "questionnaire-question"),
        (BASE + NUMBER.replace('"n"', '"N!"'), "questionnaire-question"),
        (BASE + NUMBER.replace('en = "N"', 'en = ""'), "questionnaire-question"),
        (BASE + NUMBER + rule("red", "m > 3"), "questionnaire-rule"),
        (BASE + NUMBER + rule("green", "n > 3"), "questionnaire-rule"),
        (BASE + NUMBER + rule("red", "n > x"), "questionnaire-rule"),
        (BASE + NUMBER + rule("red", "n ~ 3"), "questionnaire-rule"),
        (BASE + NUMBER.replace('"0 10"', '"0 1e40"'), "questionnaire-question"),
        (BASE + NUMBER.replace('"0 10"', '"-inf 10"'), "questionnaire-question"),
        (BASE + NUMBER + "decimals = inf\n", "questionnaire-question"),
        (BASE + "a = " + "[" * 6_000, "questionnaire-unreadable"),
        (BASE + "a = " + "9" * 5_000, "questionnaire-unreadable"),
        (BASE + "x" * 20_001, "questionnaire-too-long"),
        (BASE + NUMBER * 16, "questionnaire-too-long"),
    ],
)
def test_what_is_wrong_in_a_version_is_said(source: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_content(source)
    assert refused.value.code == code


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(InvalidError, match=r"^questionnaire-"):
        read_content(BASE + "[[question]]\n" + text)


def test_a_photo_is_optional_never_green_and_no_rules_matter() -> None:
    photo = '[[question]]\ncode = "{code}"\nkind = "photo"\nwords = {{ vi = "Ảnh", en = "Photo" }}\n'
    head = 'name = { vi = "Vết thương", en = "A wound" }\n'
    content = read_content(head + photo.format(code="a"))
    assert content.questions[0].is_optional
    assert judge(content, {}).level is Level.GREEN
    assert judge(content, {"a": "photo"}).level is Level.AMBER
    assert judge(content, {"a": "/etc/passwd"}).unreadable == ("a",)
    rule = '[[rule]]\nlevel = "red"\nwords = { vi = "x", en = "x" }\nwhen = ["a = photo"]\n'
    with pytest.raises(InvalidError, match="questionnaire-rule"):
        read_content(head + photo.format(code="a") + rule)
    with pytest.raises(InvalidError, match="questionnaire-photos"):
        read_content(head + "".join(photo.format(code=each) for each in "abc"))
