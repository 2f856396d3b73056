"""More than 30 days of medicine: only for a disease of the imported list that the visit's diagnoses name."""

import json
from datetime import timedelta
from importlib.resources import files

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.rules import Facts, Line
from telehealth.visits.rules import Certainty, Diagnosis
from telehealth.visits.service import set_diagnoses
from tests.support.prescriptions import Pharmacy

LABEL = "TT 26/2025/TT-BYT"
LIST = "code,name,source\nI10,Tăng huyết áp,x\nB18.1,Viêm gan B mạn,x\n"
KNEE = Diagnosis("Thoái hóa khớp gối", Certainty.CONFIRMED, "M17.1")
HEPATITIS = Diagnosis("Viêm gan B mạn", Certainty.CONFIRMED, "B18.1")
PRESSURE = Diagnosis("Tăng huyết áp", Certainty.CONFIRMED, "I10")
PRESSURE_IN_WORDS = Diagnosis("Tăng huyết áp", Certainty.CONFIRMED)


def amlodipin(unit: Unit, pharmacy: Pharmacy, days: int) -> Line:
    return pharmacy.line(unit.session, "Amlodipin", "5 mg", days=days)


def prescribe(unit: Unit, pharmacy: Pharmacy, *diagnoses: Diagnosis, days: int = 60, words: str = "") -> None:
    """Write the record with these diagnoses and a medicine for so many days."""
    pharmacy.world.write(unit.session, now=unit.now)
    diagnose(unit, pharmacy, *diagnoses)
    lines = [amlodipin(unit, pharmacy, days)]
    pharmacy.write(unit.session, lines, now=unit.now, facts=Facts(long_reason=words))


def diagnose(unit: Unit, pharmacy: Pharmacy, *diagnoses: Diagnosis) -> None:
    world = pharmacy.world
    version = world.visit.diagnoses_version
    set_diagnoses(unit.session, world.doctor, world.visit.id, diagnoses, version=version, now=unit.now)


def refused(unit: Unit, pharmacy: Pharmacy) -> object:
    with pytest.raises(InvalidError, match="record-incomplete") as caught, unit.session.begin_nested():
        pharmacy.world.sign(unit.session, now=unit.now)
    return caught.value.facts["missing"]


def signed_part(unit: Unit, pharmacy: Pharmacy) -> dict[str, object]:
    part = json.loads(pharmacy.world.sign(unit.session, now=unit.now).canonical)["parts"]["prescription"]
    return dict(part)


def test_a_listed_diagnosis_is_signed_with_the_list_and_its_code(unit: Unit, pharmacy: Pharmacy) -> None:
    service.import_long_use(unit.session, LIST, LABEL, now=unit.now)
    prescribe(unit, pharmacy, KNEE, HEPATITIS)
    part = signed_part(unit, pharmacy)
    assert part["long_use"] == {"list": LABEL, "codes": ["B18.1"]}
    assert "long_listed" in part["warnings"]  # type: ignore[operator]


@pytest.mark.parametrize("diagnosis", [KNEE, PRESSURE_IN_WORDS], ids=["another disease", "words, no code"])
@pytest.mark.parametrize("words", ["", "x", "I10"])
def test_without_a_listed_diagnosis_no_words_allow_it(
    unit: Unit, pharmacy: Pharmacy, diagnosis: Diagnosis, words: str
) -> None:
    service.import_long_use(unit.session, LIST, LABEL, now=unit.now)
    prescribe(unit, pharmacy, diagnosis, words=words)
    assert refused(unit, pharmacy) == ["prescription_long_unlisted"]
    diagnose(unit, pharmacy, KNEE, PRESSURE)
    assert signed_part(unit, pharmacy)["long_use"] == {"list": LABEL, "codes": ["I10"]}


def test_thirty_days_are_for_every_disease(unit: Unit, pharmacy: Pharmacy) -> None:
    service.import_long_use(unit.session, LIST, LABEL, now=unit.now)
    prescribe(unit, pharmacy, KNEE, days=30)
    assert signed_part(unit, pharmacy)["long_use"] is None


def test_an_amendment_is_held_to_the_list_as_well(unit: Unit, pharmacy: Pharmacy) -> None:
    service.import_long_use(unit.session, LIST, LABEL, now=unit.now)
    prescribe(unit, pharmacy, KNEE, days=30)
    signed_part(unit, pharmacy)
    service.replace_prescription(unit.session, pharmacy.world.doctor, pharmacy.world.visit.id, now=unit.now)
    pharmacy.write(unit.session, [amlodipin(unit, pharmacy, 60)], now=unit.now, facts=Facts(long_reason="x"))
    with pytest.raises(InvalidError) as caught, unit.session.begin_nested():
        pharmacy.amend(unit.session, now=unit.now)
    assert caught.value.facts["missing"] == ["prescription_long_unlisted"]


def test_without_a_list_the_disease_is_named_and_nothing_is_claimed(unit: Unit, pharmacy: Pharmacy) -> None:
    prescribe(unit, pharmacy, KNEE)
    assert refused(unit, pharmacy) == ["prescription_long"]
    lines, facts = [amlodipin(unit, pharmacy, 60)], Facts(long_reason="Tăng huyết áp")
    pharmacy.write(unit.session, lines, now=unit.now, facts=facts)
    part = signed_part(unit, pharmacy)
    assert (part["long_reason"], part["long_use"]) == ("Tăng huyết áp", None)
    assert "long_unchecked" in part["warnings"]  # type: ignore[operator]


@pytest.mark.parametrize("words", ["", "x", "--", ". . .", "I1"])
def test_without_a_list_what_names_no_disease_allows_nothing(
    unit: Unit, pharmacy: Pharmacy, words: str
) -> None:
    prescribe(unit, pharmacy, PRESSURE, days=31, words=words)
    assert refused(unit, pharmacy) == ["prescription_long"]


@pytest.mark.parametrize("label", ["", LABEL], ids=["no list", "a list"])
def test_no_disease_is_given_more_than_ninety_days(unit: Unit, pharmacy: Pharmacy, label: str) -> None:
    if label:
        service.import_long_use(unit.session, LIST, label, now=unit.now)
    with pytest.raises(InvalidError, match="count-invalid") as caught, unit.session.begin_nested():
        prescribe(unit, pharmacy, PRESSURE, days=91, words="Tăng huyết áp")
    assert caught.value.facts["limit"] == 90
    lines, facts = [amlodipin(unit, pharmacy, 90)], Facts(long_reason="Tăng huyết áp")
    pharmacy.world.write(unit.session, now=unit.now)
    pharmacy.write(unit.session, lines, now=unit.now, facts=facts)
    [line] = signed_part(unit, pharmacy)["lines"]  # type: ignore[misc]
    assert line["days"] == 90


def test_the_list_imported_last_counts_and_one_of_the_same_label_is_replaced(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    session, visit = unit.session, pharmacy.world.visit
    pharmacy.world.write(session, now=unit.now)
    assert service.import_long_use(session, LIST, LABEL, now=unit.now) == 2
    assert queries.long_use_of(session, visit).codes == ("I10",)
    later = unit.now + timedelta(days=1)
    service.import_long_use(session, "code,name,source\nE11,Đái tháo đường,x\n", "TT 99", now=later)
    found = queries.long_use_of(session, visit)
    assert (found.label, found.codes, found.is_refused) == ("TT 99", (), True)
    service.import_long_use(session, "code,name,source\nI10,Tăng huyết áp,x\n", "TT 99", now=later)
    assert queries.long_use_of(session, visit).codes == ("I10",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("code,name\nI10,x\n", 1),
        ("code,name,source\n", 1),
        (LIST + "10,x,x\n", 4),
        (LIST + "I20,,x\n", 4),
    ],
)
def test_a_broken_list_is_refused_whole(unit: Unit, pharmacy: Pharmacy, text: str, line: int) -> None:
    with pytest.raises(InvalidError, match="conditions-unreadable") as caught:
        service.import_long_use(unit.session, text, LABEL, now=unit.now)
    assert caught.value.facts["line"] == line
    assert queries.long_use_of(unit.session, pharmacy.world.visit).label == ""


def test_a_list_has_a_name(unit: Unit) -> None:
    with pytest.raises(InvalidError, match="conditions-unlabelled"):
        service.import_long_use(unit.session, LIST, " ", now=unit.now)


def test_the_example_shows_the_form_and_says_that_it_is_none(unit: Unit) -> None:
    text = (files("telehealth.prescriptions") / "data" / "example_long_list.csv").read_text("utf-8")
    assert service.import_long_use(unit.session, text, "Ví dụ", now=unit.now) >= 5
    assert all("không phải danh mục chính thức" in each for each in text.splitlines()[1:])
