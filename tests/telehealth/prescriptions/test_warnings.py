"""What warns beside a line, and what keeps a prescription from being signed."""

from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from uuid import uuid4

import pytest

from telehealth.kit.text import fold
from telehealth.prescriptions.formularies import groups_of, read_formulary
from telehealth.prescriptions.rules import DrugClass, Facts, Line, LongUse, Person, Taken, names_in
from telehealth.prescriptions.warnings import NEEDS_REASON, Code, lacking, warnings_for

GROWN = Person(
    age_months=480, is_small_child=False, has_personal_id=True, allergies="Dị ứng Penicilin từ nhỏ"
)
AMOXICILLIN = Line(
    generic_name="Amoxicilin",
    medicine_id=uuid4(),
    strength="500 mg",
    form="viên nang",
    route="uống",
    unit="viên",
    dose=Decimal(1),
    times=3,
    days=7,
    drug_class=DrugClass.ANTIBIOTIC,
    ingredients=("Amoxicilin",),
    groups=("penicillin",),
)
PLAIN = replace(
    AMOXICILLIN,
    generic_name="Amlodipin",
    drug_class=DrugClass.ORDINARY,
    ingredients=("Amlodipin",),
    groups=(),
)
CHILD = Person(age_months=30, is_small_child=True, has_personal_id=True, allergies="không")


def codes(lines: list[Line], person: Person = GROWN) -> list[tuple[str, int | None]]:
    return [(each.code.value, each.line) for each in warnings_for(lines, person)]


def test_an_allergy_to_the_group_warns_beside_the_line() -> None:
    assert codes([PLAIN, AMOXICILLIN]) == [("allergy", 1), ("antibiotic", 1)]


def test_an_allergy_to_the_ingredient_warns_however_it_is_spelt() -> None:
    person = replace(GROWN, allergies="AMOXICILLIN")
    found = warnings_for([AMOXICILLIN], person)
    assert found[0].code is Code.ALLERGY
    assert found[0].names == ("Amoxicilin",)


@pytest.mark.parametrize(
    ("told", "ingredient"),
    [
        ("Dị ứng Augmentin", "Amoxicilin"),
        ("uống Bactrim nổi ban", "Sulfamethoxazol"),
        ("cotrimoxazol", "Sulfamethoxazol"),
        ("Efferalgan", "Paracetamol"),
        ("Zinnat", "Cefuroxim"),
        ("Flagyl", "Metronidazol"),
        ("aspirin gây cơn hen", "Ibuprofen"),
    ],
)
def test_an_allergy_told_by_the_name_on_the_box_or_of_a_kin_warns(told: str, ingredient: str) -> None:
    old_list = replace(AMOXICILLIN, generic_name=ingredient, ingredients=(ingredient,), groups=())
    assert ("allergy", 0) in codes([old_list], replace(GROWN, allergies=told))
    assert ("allergy", 0) not in codes([PLAIN], replace(GROWN, allergies=told))


def test_an_allergy_told_by_the_brand_the_line_names_warns() -> None:
    branded = replace(PLAIN, brand_name="Amlor")
    assert ("allergy", 0) in codes([branded], replace(GROWN, allergies="Amlor phù chân"))


SPELLINGS = {
    "Amoxicilin": (
        *(
            "pênixilin",
            "penixilin",
            "pê-ni-xi-lin",
            "pê ni xi lin",
            "Penicilline",
            "pênisilin",
            "pénicilline",
        ),
        *("amoxixilin", "A-mô-xi-xi-lin", "amoxilin", "amocxilin", "Amoxycillin", "bê-ta lac-tam"),
    ),
    "Ampicilin": ("ampixilin", "am-pi-xi-lin", "Ampicilline", "penixilin"),
    "Cefalexin": ("céphalexine", "cephalexin", "xephalexin", "xê-pha-lê-xin", "sefalexin", "cephalosporine"),
    "Sulfamethoxazol": ("sunfamit", "sun-fa-mít", "sulfamide", "sunphamit", "xunfamit", "bixepton", "sun fa"),
    "Paracetamol": ("paraxetamol", "pa-ra-xê-ta-môn", "paracetamon", "acetaminophene", "axetaminophen"),
    "Acid acetylsalicylic": ("aspirine", "át-pi-rin", "as-pi-rin", "axpirin", "Aspirin"),
    "Erythromycin": ("êrytrômyxin", "erythromycine", "ê-ri-trô-mi-xin", "macrolide"),
    "Ciprofloxacin": ("xiprofloxacin", "quinolone", "kinolon", "fluoroquinolone"),
    "Tetracyclin": ("tetraxyclin", "tê-tra-xi-clin", "tetracycline"),
    "Gentamicin": ("gentamixin", "ghentamixin", "aminoglycoside"),
}


@pytest.mark.parametrize(
    ("ingredient", "typed"), [(name, each) for name, spelt in SPELLINGS.items() for each in spelt]
)
def test_an_allergy_warns_in_any_spelling_usual_here(ingredient: str, typed: str) -> None:
    line = replace(AMOXICILLIN, ingredients=(ingredient,), groups=groups_of((ingredient,)))
    for told in (typed, f"Dị ứng {typed} (nổi mề đay), hải sản", typed.upper()):
        found = warnings_for([line], replace(GROWN, allergies=told))
        assert Code.ALLERGY in {each.code for each in found}, told


def test_no_medicine_of_the_shipped_list_warns_for_the_name_of_an_unrelated_one() -> None:
    """Against the comparison of plain names, word for word: spellings bring no new pairs."""
    table = files("telehealth.prescriptions").joinpath("data/medicines.csv").read_bytes()
    rows = read_formulary(table)
    names = {
        name for row in rows for name in (row.generic_name, *row.ingredients, *row.groups, row.brand_name)
    }
    names |= {word for row in rows for word in groups_of(row.ingredients)}
    texts = names | {row.instructions for row in rows} | {row.form for row in rows}
    found = {
        (told, name)
        for told in filter(None, texts)
        for name in filter(None, names)
        if names_in(told, (name,))
    }
    plain = {(told, name) for told, name in found if f" {fold(name)} " in f" {fold(told)} "}
    assert found - plain == {("beta lactam", "betalactam"), ("betalactam", "beta lactam")}
    assert len(plain) >= len(names - {""})


def test_the_same_ingredient_twice_warns_at_the_second() -> None:
    both = replace(PLAIN, generic_name="Amlodipin + Valsartan", ingredients=("amlodipine"[:-1], "Valsartan"))
    assert codes([PLAIN, both]) == [("duplicate", 1)]


def test_what_is_taken_already_warns_with_where_it_is_written() -> None:
    taken = (
        Taken("Amlodipine 5 mg, sáng 1 viên"),
        Taken("Metformin 500 mg"),
        Taken("Amlodipin 10 mg", ("Amlodipin",), "BVĐK tỉnh, 20/11/2026"),
        Taken("Losartan 50 mg", ("Losartan",), "BVĐK tỉnh, 20/11/2026"),
    )
    found = warnings_for([PLAIN], replace(GROWN, taken=taken))
    assert [(each.code, each.line, each.names) for each in found] == [
        ("duplicate_carried", 0, ("Amlodipine 5 mg, sáng 1 viên",)),
        ("duplicate_elsewhere", 0, ("Amlodipin 10 mg (BVĐK tỉnh, 20/11/2026)",)),
    ]
    assert not any(each.needs_reason for each in found)


def free(text: str) -> Line:
    return Line(generic_name=text, form="viên", route="uống", unit="viên", dose=Decimal(1), times=2, days=5)


def test_a_free_line_of_which_nothing_is_known_says_that_nothing_was_checked() -> None:
    assert codes([AMOXICILLIN, free("Thuốc bổ tổng hợp"), free("Siro ho thảo dược 5 ml")])[-2:] == [
        ("free_text", 1),
        ("free_text", 2),
    ]


@pytest.mark.parametrize("typed", ["amoxicillin 500mg", "Amoxicilin", "A-mô-xi-xi-lin 250", "Augmentin 1g"])
def test_a_free_line_whose_name_is_known_warns_of_an_allergy_as_a_listed_one_does(typed: str) -> None:
    line = free(typed)
    assert codes([line]) == [("free_text_read", 0), ("allergy", 0)]
    assert lacking([line], Facts(), GROWN) == ("prescription_reasons",)
    told = replace(line, acknowledged={"allergy": "Đã dùng, không sao"})
    assert lacking([told], Facts(), GROWN) == ()


def test_a_free_line_warns_of_what_stands_in_the_prescription_already_and_the_other_way_round() -> None:
    para = replace(PLAIN, generic_name="Paracetamol", ingredients=("Paracetamol",))
    for lines in (
        [para, free("panadol 500mg")],
        [free("Efferalgan"), para],
        [free("Xyzalgon"), free("xyzalgon 5")],
    ):
        assert ("duplicate", 1) in codes(lines), lines
    rare = replace(PLAIN, generic_name="Rutozimab", ingredients=("Rutozimab",))
    assert ("duplicate", 1) in codes([rare, free("Ruto-zimab 5 mg")])
    assert ("duplicate", 1) not in codes([para, free("Amlodipine 5 mg")])


def test_a_free_line_warns_of_an_allergy_to_the_very_words_it_consists_of() -> None:
    assert ("allergy", 0) in codes([free("Xyzalgon 5 mg")], replace(GROWN, allergies="xyzalgon, hải sản"))


def test_what_is_taken_already_is_compared_with_a_free_line_and_by_the_name_on_its_box() -> None:
    taken = (Taken("Amlor 5 mg"), Taken("norvasc 5 mg", (), "BVĐK tỉnh, 20/11/2026"))
    for line in (PLAIN, free("amlodipine 5 mg")):
        assert codes([line], replace(GROWN, taken=taken))[-2:] == [
            ("duplicate_carried", 0),
            ("duplicate_elsewhere", 0),
        ]


def test_without_recorded_allergies_the_writer_is_told() -> None:
    assert codes([PLAIN], replace(GROWN, allergies=" ")) == [("no_allergies", None)]


def test_nothing_prescribed_warns_of_nothing_and_lacks_nothing() -> None:
    nobody = Person(age_months=None, is_small_child=True, has_personal_id=False)
    assert warnings_for([], nobody) == ()
    assert lacking([], Facts(), nobody) == ()


def test_a_complete_prescription_lacks_nothing() -> None:
    assert lacking([PLAIN], Facts(), GROWN) == ()


@pytest.mark.parametrize("field", ["form", "route", "unit", "dose", "times", "days"])
def test_a_line_says_all_the_law_asks_for(field: str) -> None:
    empty: object = "" if field in ("form", "route", "unit") else None
    assert lacking([replace(PLAIN, **{field: empty})], Facts(), GROWN) == ("prescription_incomplete",)  # type: ignore[arg-type]


def test_amounts_by_time_of_day_say_how_often_as_well() -> None:
    line = replace(PLAIN, dose=None, times=None, moments={"morning": Decimal(1)})
    assert lacking([line], Facts(), GROWN) == ()


@pytest.mark.parametrize("code", sorted(NEEDS_REASON))
def test_what_needs_a_reason_holds_the_signature_back_until_there_is_one(code: str) -> None:
    line = {Code.ALLERGY: AMOXICILLIN, Code.DUPLICATE: PLAIN}[Code(code)]
    lines = [PLAIN, line]
    assert lacking(lines, Facts(), GROWN) == ("prescription_reasons",)
    lines[1] = replace(line, acknowledged={code: "Đã dùng nhiều lần, không sao"})
    assert lacking(lines, Facts(), GROWN) == ()


def test_more_than_thirty_days_needs_the_disease_that_allows_it() -> None:
    long = replace(PLAIN, days=31)
    assert lacking([long], Facts(), GROWN) == ("prescription_long",)
    assert lacking([long], Facts(long_reason="Tăng huyết áp"), GROWN) == ()
    assert codes([long])[0] == ("long_unchecked", None)
    assert lacking([replace(PLAIN, days=30)], Facts(), GROWN) == ()


def test_where_there_is_a_list_words_allow_nothing_and_a_listed_diagnosis_does() -> None:
    long = replace(PLAIN, days=31)
    outside = replace(GROWN, long_use=LongUse("TT 26"))
    for words in ("", "I10", "Tăng huyết áp"):
        assert lacking([long], Facts(long_reason=words), outside) == ("prescription_long_unlisted",)
    (refused,) = [each for each in warnings_for([long], outside) if each.line is None]
    assert (refused.code, refused.names) == ("long_unlisted", ("TT 26",))
    inside = replace(GROWN, long_use=LongUse("TT 26", ("I10",)))
    assert lacking([long], Facts(), inside) == ()
    (told,) = [each for each in warnings_for([long], inside) if each.line is None]
    assert (told.code, told.names) == ("long_listed", ("TT 26", "I10"))


def test_thirty_days_and_less_ask_for_no_list() -> None:
    outside = replace(GROWN, long_use=LongUse("TT 26"))
    thirty = [replace(PLAIN, days=30)]
    assert lacking(thirty, Facts(), outside) == ()
    assert [each for each in warnings_for(thirty, outside) if each.line is None] == []


def test_a_stated_total_needs_a_reason_where_it_differs() -> None:
    stated = replace(PLAIN, total=Decimal(30))
    assert lacking([stated], Facts(), GROWN) == ("prescription_total",)
    assert lacking([replace(stated, total_reason="Hộp 30 viên")], Facts(), GROWN) == ()
    assert lacking([replace(PLAIN, total=Decimal(21))], Facts(), GROWN) == ()


def test_a_patient_without_a_personal_number_needs_the_reason() -> None:
    nobody = replace(GROWN, has_personal_id=False)
    assert lacking([PLAIN], Facts(), nobody) == ("prescription_personal_id",)
    assert lacking([PLAIN], Facts(), replace(nobody, no_id_reason="newborn")) == ()


def test_a_small_child_needs_months_weight_and_who_brought_it() -> None:
    whole = Facts(weight_kg=Decimal(12), escort_name="Lý Thị Mai")
    assert lacking([PLAIN], whole, CHILD) == ()
    for facts, child in (
        (replace(whole, weight_kg=None), CHILD),
        (replace(whole, escort_name=""), CHILD),
        (whole, replace(CHILD, age_months=None)),
    ):
        assert lacking([PLAIN], facts, child) == ("prescription_child",)


def test_a_small_childs_weight_without_its_comma_holds_the_signature_back() -> None:
    typed = Facts(weight_kg=Decimal(102), escort_name="Lý Thị Mai")
    assert lacking([PLAIN], typed, CHILD) == ("prescription_child_weight",)
    assert lacking([PLAIN], replace(typed, weight_kg=Decimal("10.2")), CHILD) == ()
    assert lacking([PLAIN], typed, GROWN) == ()


@pytest.mark.parametrize("kind", [DrugClass.NARCOTIC, DrugClass.PSYCHOTROPIC, DrugClass.PRECURSOR])
def test_controlled_medicines_have_forms_of_their_own(kind: DrugClass) -> None:
    line = replace(PLAIN, drug_class=kind)
    assert codes([line]) == [("controlled", 0)]
    assert lacking([line], Facts(), GROWN) == ("prescription_controlled",)
