"""From a posted form to values and back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field
from starlette.datastructures import FormData

from telehealth.kit.errors import ConflictError, InvalidError
from web import i18n
from web.formatting import clock_of
from web.forms import (
    FieldView,
    Form,
    FormView,
    LocalDate,
    Number,
    Tick,
    filled,
    minute_of,
    parse,
    version_of,
)


class Sample(Form):
    words: ClassVar[str] = "sample"
    full_name: Annotated[str, Field(min_length=2, max_length=20)]
    temperature: Annotated[Number | None, Field(ge=30, le=45)] = None
    born_on: LocalDate | None = None
    sex: Literal["female", "male"]
    pulse: int | None = None
    no_sms: Tick = False
    specialties: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def strict_words() -> None:
    i18n.set_strict(True)


GOOD = {"full_name": " Lý Thị Lụa ", "sex": "female", "csrf_token": "x"}


def test_a_good_form_becomes_values() -> None:
    sent = parse(
        Sample,
        {
            **GOOD,
            "temperature": "36,8",
            "born_on": "02/09/1966",
            "no_sms": "on",
            "pulse": "",
            "specialties": ["a", "b"],
        },
    )
    assert sent.value is not None
    assert sent.value.full_name == "Lý Thị Lụa"
    assert sent.value.temperature == Decimal("36.8")
    assert sent.value.born_on == date(1966, 9, 2)
    assert sent.value.pulse is None
    assert sent.value.no_sms is True
    assert sent.value.specialties == ("a", "b")
    assert sent.view.errors == {}


def test_text_typed_in_parts_is_put_together() -> None:
    decomposed = "Ly\u0301 Thi\u0323"
    sent = parse(Sample, FormData([("full_name", decomposed), ("sex", "male")]))
    assert sent.value is not None
    assert sent.value.full_name == "Lý Thị"


def test_a_bad_form_keeps_every_word_that_was_typed() -> None:
    typed = {"full_name": "L", "sex": "other", "temperature": "nóng", "born_on": "31/02/1966", "pulse": "8,5"}
    sent = parse(Sample, typed)
    assert sent.value is None
    assert {name: sent.view[name].value for name in typed} == typed
    assert dict(sent.view.errors) == {
        "full_name": "Nhập ít nhất 2 ký tự",
        "temperature": "Nhập một số, ví dụ 36,8",
        "born_on": "Không có ngày 31/02/1966. Xem lại ngày và tháng.",
        "sex": "Chọn một trong các mục có sẵn",
        "pulse": "Nhập số nguyên, ví dụ 120",
    }


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"full_name": ""}, "full_name", "Cần điền mục này"),
        ({"temperature": "12"}, "temperature", "Số này quá nhỏ"),
        ({"temperature": "120"}, "temperature", "Số này quá lớn"),
        ({"born_on": "hôm qua"}, "born_on", "Nhập ngày dạng ngày/tháng/năm"),
        ({"born_on": "1/13/1966"}, "born_on", "Không có ngày 1/13/1966. Xem lại ngày và tháng."),
        ({"born_on": "1966-02-30"}, "born_on", "Không có ngày 1966-02-30. Xem lại ngày và tháng."),
        ({"full_name": "a" * 21}, "full_name", "Nhập không quá 20 ký tự"),
        ({"surprise": "1"}, "surprise", "Biểu mẫu có mục lạ. Anh/chị tải lại trang rồi thử lại."),
    ],
)
def test_errors_are_said_in_the_readers_words(change: dict[str, str], field: str, words: str) -> None:
    assert parse(Sample, {**GOOD, **change}).view[field].error == words


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_a_number_is_finite(text: str) -> None:
    assert parse(Sample, {**GOOD, "temperature": text}).value is None


def test_the_summary_links_to_fields_in_order() -> None:
    view = parse(Sample, {}).view
    assert [(each.id, each.error) for each in view.summary] == [
        ("f-full_name", "Cần điền mục này"),
        ("f-sex", "Cần điền mục này"),
    ]


def test_a_refusal_stands_at_its_field_or_at_the_top() -> None:
    view = FormView({"phone": ("0868",)})
    assert view.with_refusal(InvalidError("invalid-input", "phone"))["phone"].error
    top = view.with_refusal(ConflictError("stale-version")).summary
    assert [each.name for each in top] == [""]


def test_stored_values_are_shown_as_people_type_them() -> None:
    view = filled({"born_on": date(1966, 9, 2), "no_sms": True, "sms": False, "phone": None, "codes": ["a"]})
    assert view["born_on"].value == "02/09/1966"
    assert view["no_sms"].is_ticked
    assert not view["sms"].is_ticked
    assert view["phone"].value == ""
    assert view["codes"].values == ("a",)


def test_a_field_nobody_filled_is_empty() -> None:
    assert FormView()["anything"] == FieldView("anything")


class Weighed(Form):
    weight: Number | None = None


@pytest.mark.parametrize(
    ("language", "typed", "question"),
    [
        ("vi", "1.000", "1.000 là 1000 hay 1? Hãy viết 1000 hoặc 1"),
        ("vi", "2.500", "2.500 là 2500 hay 2,5? Hãy viết 2500 hoặc 2,5"),
        ("vi", "1 .000", "1.000 là 1000 hay 1? Hãy viết 1000 hoặc 1"),
        ("vi", "1.000.000", "1.000.000 là 1000000 hay 1? Hãy viết 1000000 hoặc 1"),
        ("en", "1.000", "Is 1.000 1000 or 1? Write 1000 or 1"),
        ("en", "2,500", "Is 2,500 2500 or 2.5? Write 2500 or 2.5"),
    ],
)
def test_a_number_with_two_readings_is_asked_about_and_stays_typed(
    language: str, typed: str, question: str
) -> None:
    with i18n.language(language):
        sent = parse(Weighed, {"weight": typed})
    assert sent.value is None
    assert sent.view["weight"] == FieldView("weight", typed, (typed,), question)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1000", "1000"),
        ("1,000", "1"),
        ("36.8", "36.8"),
        ("3,125", "3.125"),
        ("0.125", "0.125"),
        ("12.50", "12.5"),
    ],
)
def test_a_number_with_one_reading_is_read(typed: str, value: str) -> None:
    sent = parse(Weighed, {"weight": typed})
    assert sent.value == Weighed(weight=Decimal(value))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("stored", ["3.125", "1.000", "0.125", "36.8", "1000"])
def test_a_stored_number_comes_back_as_itself(language: str, stored: str) -> None:
    with i18n.language(language):
        sent = parse(Weighed, {"weight": filled({"weight": Decimal(stored)})["weight"].value})
    assert sent.value == Weighed(weight=Decimal(stored))


def test_times_of_the_day_are_typed_and_printed_alike() -> None:
    assert [minute_of(typed) for typed in ("07:30", "7:30", "00:00", "24:00")] == [450, 450, 0, 1440]
    assert [clock_of(minute) for minute in (450, 0, 1440)] == ["07:30", "00:00", "24:00"]


def test_an_act_is_against_the_version_it_names_if_it_names_one() -> None:
    assert version_of({"version": "3"}) == 3
    assert version_of({}) is None
    assert version_of({"version": "three"}) is None
