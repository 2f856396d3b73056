"""Lists of codes side by side: imported whole, in use from a day, searched, approved by name."""

import random
from datetime import date

import pytest
from sqlmodel import col, select

from telehealth.access.rules import can
from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.text import fold
from telehealth.staff.rules import Role
from telehealth.visits import codes, service
from telehealth.visits.codefile import read_codes
from telehealth.visits.models import CodeList, CodeWord, Condition, DiagnosisCode
from telehealth.visits.rules import OWN_LIST, Certainty, Diagnosis
from tests.support.visits import VisitWorld
from tests.support.world import make_member

LABEL = "BYT 2026"
WORDS = ("viêm", "tim", "gan", "phổi", "cấp", "mạn", "đái", "tháo", "đường", "huyết", "áp", "tăng", "thận")


def official(count: int = 400) -> bytes:
    """A file as a ministry might export one: the same every time."""
    chance = random.Random(7)
    lines = ["Mã bệnh;Tên bệnh"]
    for number in range(count):
        letter, category, rest = "ABCDEFGHIJ"[number // 100], number // 10 % 10 + 10, number % 10
        name = " ".join(chance.choice(WORDS) for _ in range(chance.randint(2, 5)))
        lines.append(f"{letter}{category}.{rest};{name.capitalize()}")
    return "\n".join(lines).encode("utf-8-sig")


def load(unit: Unit, content: bytes | None = None, label: str = LABEL) -> service.ImportedCodes:
    content = official() if content is None else content
    return service.import_codes(
        unit.session, label, read_codes(content), content, source="byt.csv", now=unit.now
    )


def test_a_list_comes_beside_the_others_and_is_not_in_use_by_that(unit: Unit) -> None:
    service.load_reference(unit.session)
    told: list[tuple[int, int]] = []
    content = official(2_500 // 3)
    done = service.import_codes(
        unit.session,
        LABEL,
        read_codes(content),
        content,
        source="byt.csv",
        now=unit.now,
        progress=lambda now, all_: told.append((now, all_)),
    )
    assert done == service.ImportedCodes(LABEL, 833, is_new=True)
    assert told == [(833, 833)]
    assert codes.list_in_use(unit.session, on=date(2026, 11, 23)) == OWN_LIST
    assert {row.label for row in codes.list_lists(unit.session)} == {OWN_LIST, LABEL}


def test_the_same_file_again_changes_nothing(unit: Unit) -> None:
    load(unit)
    before = unit.session.exec(select(CodeWord).where(CodeWord.code_list == LABEL)).all()
    assert load(unit) == service.ImportedCodes(LABEL, 400, is_new=False)
    assert unit.session.exec(select(CodeWord).where(CodeWord.code_list == LABEL)).all() == before


def test_a_label_names_one_content_for_ever(unit: Unit) -> None:
    load(unit)
    with pytest.raises(ConflictError, match="code-list-exists"):
        load(unit, official(10))


@pytest.mark.parametrize("label", ["", "x", "a" * 61, "<b>", "\u0000\u0000\u0000"])
def test_a_label_is_a_short_line(unit: Unit, label: str) -> None:
    with pytest.raises(InvalidError, match="code-label-invalid"):
        load(unit, label=label)


def test_one_refused_row_holds_the_whole_file_back_unless_told_otherwise(unit: Unit) -> None:
    content = official(3) + "\nC00-C97;Bướu tân sinh".encode()
    with pytest.raises(InvalidError, match="code-rows-refused"):
        load(unit, content)
    assert unit.session.get(CodeList, LABEL) is None
    assert unit.session.exec(select(DiagnosisCode).where(DiagnosisCode.code_list == LABEL)).all() == []
    done = service.import_codes(
        unit.session,
        LABEL,
        read_codes(content),
        content,
        source="byt.csv",
        now=unit.now,
        leave_out_refused=True,
    )
    assert done.count == 3


def test_a_list_is_in_use_from_its_day_until_the_next_one(unit: Unit, world: VisitWorld) -> None:
    service.load_reference(unit.session)
    load(unit)
    admin = make_member(unit.session, world.station(unit.session), role=Role.ADMIN)
    service.use_list(unit.session, admin, LABEL, from_on=date(2026, 12, 1), now=unit.now)
    assert codes.list_in_use(unit.session, on=date(2026, 11, 30)) == OWN_LIST
    assert codes.list_in_use(unit.session, on=date(2026, 12, 1)) == LABEL
    service.use_list(unit.session, admin, LABEL, from_on=None, now=unit.now)
    assert codes.list_in_use(unit.session, on=date(2027, 12, 1)) == OWN_LIST
    with pytest.raises(NotFoundError, match="code-list-not-found"):
        service.use_list(unit.session, admin, "khác", from_on=None, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.use_list(unit.session, world.nurse, LABEL, from_on=None, now=unit.now)


def test_a_diagnosis_takes_its_words_and_list_from_the_one_in_use_else_from_ours(
    unit: Unit, world: VisitWorld
) -> None:
    service.load_reference(unit.session)
    load(unit, "ma;ten\nI10;Tăng huyết áp (BYT)\nX99;Khác".encode())
    service.decide_use(unit.session, LABEL, from_on=date(2026, 1, 2))
    given = [Diagnosis("", Certainty.CONFIRMED, code) for code in ("I10", "J00")]
    rows = service.set_diagnoses(unit.session, world.doctor, world.visit.id, given, version=0, now=unit.now)
    assert [(row.text, row.code_list) for row in rows] == [
        ("Tăng huyết áp (BYT)", LABEL),
        ("Viêm mũi họng cấp (cảm thường)", OWN_LIST),
    ]


def oracle(rows: list[DiagnosisCode], text: str) -> set[str]:
    """The codes whose name and code have, for each typed word, one that begins so."""
    words = fold(text).split()
    return {row.code for row in rows if all(f" {word}" in row.folded for word in words)}


def test_a_search_finds_what_comparing_every_row_finds(unit: Unit, world: VisitWorld) -> None:
    load(unit)
    rows = list(unit.session.exec(select(DiagnosisCode).where(DiagnosisCode.code_list == LABEL)))
    chance = random.Random(11)
    for _ in range(60):
        word = chance.choice(WORDS)
        other = chance.choice(WORDS)
        text = chance.choice([word, word[:2], f"{word} {other}", f"{other[:1]} {word[:3]}", "a1", "b12.3"])
        found = codes.search_codes(
            unit.session, world.doctor, text, now=unit.now, code_list=LABEL, limit=1_000
        )
        assert {row.code for row in found} == oracle(rows, text), text
        assert len(found) == len({row.code for row in found})


def test_the_order_is_the_code_then_its_beginnings_then_habit_then_the_name(
    unit: Unit, world: VisitWorld
) -> None:
    content = (
        "ma;ten\nA10;Viêm gan\nA10.1;Viêm tim\nA10.2;Gan viêm\nA11;Đau A10\nA12;Viêm thận gan\nA13;Gan nhiễm"
    ).encode()
    load(unit, content)

    def found(text: str) -> list[str]:
        rows = codes.search_codes(unit.session, world.doctor, text, now=unit.now, code_list=LABEL)
        return [row.code for row in rows]

    assert found("a10") == ["A10", "A10.1", "A10.2", "A11"]
    assert found("gan") == ["A10.2", "A13", "A10", "A12"]
    for rank in range(2):
        unit.session.add(
            Condition(
                visit_id=world.visit.id,
                rank=rank,
                code="A12",
                text="Viêm thận gan",
                certainty="confirmed",
                written_by=world.doctor.ref,
                written_at=unit.now,
            )
        )
    unit.session.flush()
    assert found("gan") == ["A12", "A10.2", "A13", "A10"]
    assert found("a10")[0] == "A10"


def test_rows_are_approved_by_a_named_clinician_and_taken_back(unit: Unit, world: VisitWorld) -> None:
    load(unit)
    chosen = [row.code for row in codes.list_to_review(unit.session, LABEL)[:3]]
    changed = service.review_codes(unit.session, world.doctor, LABEL, chosen, is_reviewed=True, now=unit.now)
    assert changed == 3
    row = unit.session.get_one(DiagnosisCode, (LABEL, chosen[0]))
    unit.session.refresh(row)
    assert row.is_reviewed
    assert row.reviewed_by == world.doctor.ref
    assert world.doctor.full_name in row.reviewed_name
    assert row.reviewed_at == unit.now
    assert codes.count_reviewed(unit.session) == {LABEL: 3}
    again = service.review_codes(unit.session, world.doctor, LABEL, chosen, is_reviewed=True, now=unit.now)
    assert again == 0
    service.review_codes(unit.session, world.doctor, LABEL, chosen[:1], is_reviewed=False, now=unit.now)
    assert codes.count_reviewed(unit.session) == {LABEL: 2}
    trail = unit.session.exec(select(AuditEntry).where(col(AuditEntry.action) == "codes.review")).all()
    assert [entry.facts["count"] for entry in trail] == [3, 0, 1]


def test_only_who_may_treat_approves(unit: Unit, world: VisitWorld) -> None:
    load(unit)
    with pytest.raises(ForbiddenError):
        service.review_codes(unit.session, world.nurse, LABEL, ["A10.0"], is_reviewed=True, now=unit.now)
    with pytest.raises(InvalidError, match="codes-none-chosen"):
        service.review_codes(unit.session, world.doctor, LABEL, [], is_reviewed=True, now=unit.now)
    admin = make_member(unit.session, unit.session.get_one(Facility, world.nurse.here), role=Role.ADMIN)
    assert can(admin, "codes.manage")
    assert not can(admin, "codes.review")


def test_a_page_of_the_review_goes_on_after_the_last_code(unit: Unit) -> None:
    load(unit)
    first = codes.list_to_review(unit.session, LABEL)
    assert len(first) == codes.PAGE + 1
    then = codes.list_to_review(unit.session, LABEL, after=first[codes.PAGE - 1].code)
    assert then[0].code == first[codes.PAGE].code
    assert all("gan" in row.folded for row in codes.list_to_review(unit.session, LABEL, text="gan"))


def test_a_changed_name_of_our_own_list_needs_approval_anew(unit: Unit, world: VisitWorld) -> None:
    service.load_reference(unit.session)
    service.review_codes(unit.session, world.doctor, OWN_LIST, ["I10", "J00"], is_reviewed=True, now=unit.now)
    row = unit.session.get_one(DiagnosisCode, (OWN_LIST, "I10"))
    unit.session.refresh(row)
    row.name = "Tên cũ"
    unit.session.add(row)
    unit.session.flush()
    service.load_reference(unit.session)
    assert not unit.session.get_one(DiagnosisCode, (OWN_LIST, "I10")).is_reviewed
    unit.session.expire_all()
    assert unit.session.get_one(DiagnosisCode, (OWN_LIST, "J00")).is_reviewed
