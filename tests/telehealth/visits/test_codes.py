"""The own list of diagnosis codes, found by code and by words without marks."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from telehealth.kit.actors import ActorKind
from telehealth.kit.db import Unit
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Qualification, Role
from telehealth.visits import codes, service
from telehealth.visits.models import DiagnosisCode
from telehealth.visits.rules import OWN_LIST


@pytest.fixture
def statements(unit: Unit) -> Iterator[list[str]]:
    """Every statement the test's connection runs."""
    service.load_reference(unit.session)
    seen: list[str] = []
    connection = unit.session.connection()

    def hear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    yield seen
    event.remove(connection, "before_cursor_execute", hear)


DOCTOR = MembershipActor(
    kind=ActorKind.MEMBERSHIP,
    ref=new_id(),
    facility_id=new_id(),
    staff_id=new_id(),
    role=Role.DOCTOR,
    qualification=Qualification.DOCTOR,
    licence_number="1",
    full_name="Trần Văn Minh",
    title="BS.",
)


def found(unit: Unit, text: str) -> list[str]:
    return [row.code for row in codes.search_codes(unit.session, DOCTOR, text, now=unit.now)]


def test_the_list_is_ours_large_enough_and_unreviewed(unit: Unit) -> None:
    count = service.load_reference(unit.session)
    assert count >= 200
    assert service.load_reference(unit.session) == count
    rows = unit.session.exec(select(DiagnosisCode)).all()
    assert len(rows) == count
    assert {row.code_list for row in rows} == {OWN_LIST}
    assert all(row.source and not row.is_reviewed for row in rows)


def test_loading_again_corrects_what_changed(unit: Unit) -> None:
    service.load_reference(unit.session)
    row = unit.session.get_one(DiagnosisCode, (OWN_LIST, "I10"))
    row.name = "Sai"
    service.load_reference(unit.session)
    assert row.name == "Tăng huyết áp vô căn (nguyên phát)"
    count = select(func.count(col(DiagnosisCode.code)))
    assert unit.session.exec(count).one() == service.load_reference(unit.session)


@pytest.mark.parametrize("typed", ["tăng huyết áp", "tang huyet ap", "TANG HUYẾT AP vo can", "huyet ap tang"])
def test_words_are_found_without_marks_in_any_order(unit: Unit, typed: str) -> None:
    service.load_reference(unit.session)
    assert "I10" in found(unit, typed)


@pytest.mark.parametrize("typed", ["I50.0", "i50.0", "i500", "I50", "i50."])
def test_codes_are_found_with_and_without_their_dot(unit: Unit, typed: str) -> None:
    service.load_reference(unit.session)
    assert found(unit, typed)[0] == "I50.0"


def test_names_that_begin_with_the_text_come_before_others(unit: Unit) -> None:
    service.load_reference(unit.session)
    names = [row.name for row in codes.search_codes(unit.session, DOCTOR, "viem hong", now=unit.now)]
    assert names[0] == "Viêm họng cấp"


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "xyzzy", "'; --"])
def test_what_matches_nothing_finds_nothing(unit: Unit, typed: str) -> None:
    service.load_reference(unit.session)
    assert found(unit, typed) == []


@pytest.mark.parametrize("typed", ["i", "viem", "tang huyet ap vo can"])
def test_a_search_is_two_statements_however_much_it_finds(
    unit: Unit, statements: list[str], typed: str
) -> None:
    assert len(found(unit, typed)) <= codes.CODE_LIMIT
    assert len(statements) == 2, "which list is in use, and the search"
