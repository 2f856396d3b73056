"""Templates: one part, sender first, link last, no illness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.text import sms_length
from telehealth.messaging.rules import (
    LONGEST,
    MOST_PARTS,
    NEUTRAL_FACILITY,
    Template,
    Variant,
    faults_of,
    fitting_facility,
    link_address,
    render,
    require_brand,
    require_short_address,
)
from telehealth.messaging.templates import Key, forbidden_words, templates

PLAIN = st.characters(codec="ascii", categories=("L", "N"))
KEYS = sorted(templates())


def values() -> st.SearchStrategy[dict[str, str]]:
    sized = {name: st.text(PLAIN, min_size=1, max_size=size) for name, size in LONGEST.items()}
    return st.fixed_dictionaries({**sized, "phone": st.text(PLAIN, max_size=LONGEST["phone"])})


@given(st.sampled_from(KEYS), values())
def test_every_text_fits_its_parts_with_any_values(key: Key, given_values: dict[str, str]) -> None:
    length = sms_length(render(templates()[key], given_values))
    assert length.parts <= MOST_PARTS[key[1]]
    assert length.encoding == "GSM-7" or key[1] is Variant.ACCENTED


@given(st.sampled_from(KEYS), st.sampled_from(forbidden_words()), st.booleans())
def test_a_forbidden_word_anywhere_is_refused(key: Key, word: str, is_upper: bool) -> None:
    text = templates()[key].text.replace(":", f": {word.upper() if is_upper else word}", 1)
    template = Template(key[0], text, templates()[key].optional, key[1])
    assert "forbidden-word" in faults_of(template, forbidden_words())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{brand}: Lich kham {doctor}", "unknown-part"),
        ("Lich kham {time} - {brand}", "sender-not-first"),
        ("{brand}: Xem {link} truoc {time}", "link-not-last"),
        ("{brand}: Lịch khám {time}", "not-gsm"),
        ("{brand}: " + "Lich kham {time} ngay {date} " * 6, "too-many-parts"),
        ("{brand}: Lich {", "unknown-part"),
        ("{brand}: Lich {time.year}", "unknown-part"),
        ("{brand}: Lich {time!r:>99}", "unknown-part"),
        ("{brand}: Ket qua xét nghiệm {date}", "forbidden-word"),
        ("{brand}: Gap BS. Minh {time}", "forbidden-word"),
    ],
)
def test_a_template_that_breaks_a_rule_says_which(text: str, fault: str) -> None:
    assert fault in faults_of(Template("x", text), forbidden_words())


def test_words_inside_other_words_do_not_count() -> None:
    assert faults_of(Template("x", "{brand}: Hen gap tai tram, phong tiem chung"), ("tie", "ph")) == []


def test_a_piece_without_its_value_is_left_out() -> None:
    template = Template("x", "{brand}: A{call} B", {"call": " Goi {phone}."})
    assert render(template, {"brand": "TYT", "phone": ""}) == "TYT: A B"
    assert render(template, {"brand": "TYT", "phone": "0209"}) == "TYT: A Goi 0209. B"


@given(st.text(max_size=80))
def test_a_facility_name_always_fits_and_tells_nothing(name: str) -> None:
    fitting = fitting_facility(name, forbidden_words())
    length = sms_length(fitting)
    assert 0 < length.units <= LONGEST["facility"]
    assert length.encoding == "GSM-7"


def test_a_facility_whose_name_tells_an_illness_is_called_neutrally() -> None:
    assert fitting_facility("BV Tâm thần Hòa Bình", forbidden_words()) == NEUTRAL_FACILITY
    assert fitting_facility("Trạm Y tế xã Phủ Thông", forbidden_words()) == "Tram Y te xa Phu Thong"
    long = "Trung tam y te khu vuc Bach Thong so hai"
    assert fitting_facility(long, forbidden_words()) == "Trung tam y te khu vuc Bach"


@pytest.mark.parametrize(
    "name",
    [
        "Bệnh viện Phổi Thái Nguyên",
        "BV Lao và Phổi",
        "Viện Tim",
        "Khoa Truyền nhiễm",
        "Trung tâm SKSS",
        "BV K",
    ],
)
def test_a_house_known_for_one_illness_is_called_neutrally(name: str) -> None:
    assert fitting_facility(name, forbidden_words()) == NEUTRAL_FACILITY


def test_a_sign_that_would_change_the_alphabet_is_left_out() -> None:
    assert fitting_facility("Trạm `Nà Ít`", forbidden_words()) == "Tram Na It"


def test_an_address_that_would_cost_a_second_part_is_refused() -> None:
    require_short_address("https://kham.phuthong.gov.vn")
    with pytest.raises(ValueError, match="30"):
        require_short_address("https://kham-tu-xa.thainguyen.gov.vn")
    assert link_address("http://127.0.0.1:8000/", "A" * 22) == f"http://127.0.0.1:8000/k/{'A' * 22}"


@pytest.mark.parametrize("brand", ["", "TYTPhuThongXa", "Trạm", "TYT PT", "TYT-1"])
def test_a_name_no_operator_registers_is_refused(brand: str) -> None:
    require_brand("TYTPhuThong")
    with pytest.raises(ValueError, match="11"):
        require_brand(brand)
