"""What a record needs, how it is written down, what can be measured."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.visits import vitals
from telehealth.visits.rules import (
    LINE_LIMIT,
    SECTION_LIMIT,
    Section,
    accept_code,
    accept_line,
    accept_text,
    canonical,
    fingerprint,
    missing_for_signature,
)
from telehealth.visits.states import MACHINE, VisitCommand, VisitState

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
DOCUMENTS = st.dictionaries(
    st.text(),
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_size=5,
)


def backwards(value: object) -> object:
    """The same content with every mapping's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(list(value))}
    return [backwards(each) for each in value] if isinstance(value, list) else value


@given(DOCUMENTS)
def test_equal_content_gives_equal_bytes_and_comes_back_whole(document: dict[str, object]) -> None:
    text = canonical(document)
    assert json.loads(text) == document
    turned = backwards(document)
    assert isinstance(turned, dict)
    assert canonical(turned) == text
    assert canonical(json.loads(text)) == text


@given(DOCUMENTS, st.floats())
def test_floats_are_refused_wherever_they_hide(document: dict[str, object], number: float) -> None:
    with pytest.raises(TypeError):
        canonical({**document, "deep": [{"value": number}]})


def test_the_hash_is_over_the_bytes() -> None:
    assert canonical({"b": "Nái", "a": 1}) == '{"a":1,"b":"Nái"}'
    assert fingerprint(canonical({"b": "Nái", "a": 1})) == fingerprint('{"a":1,"b":"Nái"}')
    assert fingerprint("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_what_is_missing_comes_in_the_order_of_the_page() -> None:
    assert missing_for_signature({"reason": " "}, [], None).parts == (
        "reason",
        "findings",
        "diagnosis",
        "advice",
        "doctor",
    )
    written = {"reason": "Ho", "findings": "Phổi trong", "advice": "Nghỉ"}
    assert missing_for_signature(written, [], uuid4()).parts == ("diagnosis",)
    assert missing_for_signature(written, [object()], uuid4()).parts == ()


def test_text_is_kept_in_one_normal_form_and_within_its_limit() -> None:
    assert accept_text("  Tie\u0302\u0301ng\r\nVie\u0323\u0302t ", Section.ADVICE) == "Tiếng\nViệt"
    with pytest.raises(InvalidError, match="text-too-long"):
        accept_text("a" * (SECTION_LIMIT + 1), Section.ADVICE)
    with pytest.raises(InvalidError, match="text-too-long"):
        accept_line("a" * (LINE_LIMIT + 1))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("i10", "I10"), ("I50.0", "I50.0"), (" e119 ", "E11.9"), ("A18.0†", "A18.0†"), ("m0500", "M05.00")],
)
def test_codes_are_stored_with_their_dot(typed: str, stored: str) -> None:
    assert accept_code(typed) == stored


@pytest.mark.parametrize("typed", ["", "10", "I1", "I10.", "I10.123", "II0", "I10 x"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(InvalidError, match="diagnosis-code-invalid"):
        accept_code(typed)


@pytest.mark.parametrize(
    ("code", "value", "refusal"),
    [
        ("temperature", "24.9", "vital-impossible"),
        ("temperature", "45.1", "vital-impossible"),
        ("spo2", "101", "vital-impossible"),
        ("pulse", "NaN", "vital-impossible"),
        ("pulse", "Infinity", "vital-impossible"),
        ("pulse", "72.5", "vital-too-precise"),
        ("weight", "47.55", "vital-too-precise"),
        ("mood", "1", "vital-unknown"),
        ("glucose", "126", "glucose-in-mgdl"),
        ("glucose_fasting", "61", "glucose-in-mgdl"),
        ("glucose", "0.4", "vital-impossible"),
        ("glucose", "2000", "vital-impossible"),
    ],
)
def test_impossible_values_are_refused_by_name(code: str, value: str, refusal: str) -> None:
    with pytest.raises(InvalidError, match=refusal) as refused:
        vitals.accept(code, Decimal(value))
    assert refused.value.field == code


@pytest.mark.parametrize(
    ("code", "value", "signed"),
    [
        ("temperature", "37", "37.0"),
        ("systolic", "1E+2", "100"),
        ("bmi", "22.5", "22.5"),
        ("pulse", "72.0", "72"),
    ],
)
def test_a_value_is_signed_with_the_decimals_of_its_measurement(code: str, value: str, signed: str) -> None:
    assert vitals.exact_text(code, Decimal(value)) == signed


@pytest.mark.parametrize("code", [code for code in vitals.MEASUREMENTS if code not in ("pain", "gcs")])
def test_the_ends_of_what_is_possible_can_be_stored_and_read_as_unusual(code: str) -> None:
    low, high = vitals.MEASUREMENTS[code].possible
    assert vitals.accept(code, low) == low
    assert vitals.accept(code, high) == high
    assert vitals.is_unusual(code, low)
    usual_low, usual_high = vitals.MEASUREMENTS[code].usual
    assert low <= usual_low < usual_high <= high
    assert not vitals.is_unusual(code, usual_low)


def test_a_pressure_with_its_numbers_the_wrong_way_round_is_asked_about() -> None:
    with pytest.raises(InvalidError, match="pressure-reversed"):
        vitals.accept_all({"systolic": Decimal(80), "diastolic": Decimal(120)})
    assert vitals.accept_all({"diastolic": Decimal(80)}) == {"diastolic": Decimal(80)}


@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("command", VisitCommand)
def test_a_visit_moves_only_as_its_table_says(state: VisitState, command: VisitCommand) -> None:
    expected = {
        (VisitState.OPEN, VisitCommand.SIGN): VisitState.SIGNED,
        (VisitState.OPEN, VisitCommand.WITHDRAW): VisitState.WITHDRAWN,
        (VisitState.OPEN, VisitCommand.CONVERT): VisitState.OPEN,
        (VisitState.SIGNED, VisitCommand.AMEND): VisitState.SIGNED,
    }.get((state, command))
    if expected is None:
        with pytest.raises(ConflictError, match="invalid-transition"):
            MACHINE.move(state, command)
    else:
        assert MACHINE.move(state, command) is expected


@pytest.mark.parametrize(
    ("code", "typed", "mmol"),
    [
        ("glucose", "45", "2.5"),
        ("glucose_fasting", "126", "7.0"),
        ("glucose", "19.9", None),
        ("pulse", "45", None),
    ],
)
def test_a_figure_of_a_meter_in_mgdl_is_told_in_mmol(code: str, typed: str, mmol: str | None) -> None:
    assert vitals.as_mmol(code, Decimal(typed)) == (Decimal(mmol) if mmol else None)
