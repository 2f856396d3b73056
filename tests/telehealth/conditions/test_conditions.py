"""The ministry's list: imported whole or not at all, matched by prefix, with lawful ways out."""

import json
from dataclasses import dataclass, replace
from importlib.resources import files

import pytest
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.conditions import queries, rules, service
from telehealth.conditions.service import RemoteListPart
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import Bus
from telehealth.staff.models import Membership
from telehealth.visits.models import VisitEvent
from telehealth.visits.parts import RecordPart
from telehealth.visits.prefixes import is_listed, read_list
from telehealth.visits.rules import Certainty, Diagnosis
from telehealth.visits.service import convert_to_support, set_diagnoses
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits

LABEL = "TT 30/2023/TT-BYT"
LIST = "code,name,source\nM54.5,Đau thắt lưng,x\nE11.9,Đái tháo đường típ 2,x\nI10,Tăng huyết áp,x\n"
BASIS = "Quyết định 123/QĐ-SYT"
HEART_FAILURE = Diagnosis("Suy tim", Certainty.CONFIRMED, "I50.9")


@dataclass
class Coded:
    code: str | None


@pytest.fixture
def bus() -> Bus:
    """A bus on which the list is asked before a signature."""
    bus = subscribe_visits(Bus())
    bus.extend(RecordPart, RemoteListPart())
    return bus


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A written remote examination of high blood pressure, and an imported list."""
    service.import_list(unit.session, LIST, LABEL, now=unit.now)
    world = make_visit_world(unit.session, now=unit.now)
    world.write(unit.session, now=unit.now)
    return world


def diagnose(unit: Unit, world: VisitWorld, *diagnoses: Diagnosis) -> None:
    version = world.visit.diagnoses_version
    set_diagnoses(unit.session, world.doctor, world.visit.id, diagnoses, version=version, now=unit.now)


@pytest.mark.parametrize(
    ("code", "is_allowed"),
    [
        ("M54.5", True),
        ("M54.50", True),
        ("M545", True),
        ("M54", False),
        ("M54.4", False),
        ("E11.9", True),
        ("E11.7", False),
        ("I10", True),
        ("I10.9", True),
        ("I11", False),
        (None, False),
    ],
)
def test_codes_are_matched_by_their_beginning(code: str | None, is_allowed: bool) -> None:
    listed = [row.prefix for row in read_list(LIST)]
    assert is_listed(code, listed) == is_allowed
    assert rules.outside([Coded(code)], listed) == (() if is_allowed else (0,))


def test_a_list_is_read_as_excel_writes_it_in_vietnam() -> None:
    lines = (
        "\ufeffcode;name;source",
        'I10;"Tăng huyết áp; ""vô căn"", nguyên phát";TT 30/2023',
        "E11.9;Đái tháo đường;",
        "",
    )
    assert [(row.prefix, row.name) for row in read_list("\r\n".join(lines))] == [
        ("I10", 'Tăng huyết áp; "vô căn", nguyên phát'),
        ("E119", "Đái tháo đường"),
    ]


def test_without_a_list_nothing_is_outside() -> None:
    assert rules.outside([Coded("I50")], []) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("code,name\nI10,x\n", 1),
        ("code,name,source\n", 1),
        ("code,name,source\nI10,Tăng huyết áp,x\nhuyết áp,Tăng,x\n", 3),
        ("code,name,source\nI10,,x\n", 2),
        ("code,name,source\nI10,a,b,c,d\n", 2),
    ],
)
def test_a_broken_file_is_refused_whole_with_its_line(unit: Unit, text: str, line: int) -> None:
    with pytest.raises(InvalidError, match="conditions-unreadable") as refused:
        service.import_list(unit.session, text, LABEL, now=unit.now)
    assert refused.value.facts["line"] == line
    assert queries.newest_label(unit.session) == ""


def test_a_list_without_a_label_is_refused(unit: Unit) -> None:
    with pytest.raises(InvalidError, match="conditions-unlabelled"):
        service.import_list(unit.session, LIST, " ", now=unit.now)


def test_our_own_example_can_be_imported_and_says_what_it_is(unit: Unit) -> None:
    text = files("telehealth.conditions").joinpath("data/example_list.csv").read_text("utf-8")
    assert service.import_list(unit.session, text, "VÍ DỤ", now=unit.now) >= 5
    assert all("VÍ DỤ" in row.source for row in queries.list_rows(unit.session, "VÍ DỤ"))


def test_what_is_on_the_list_is_signed_with_the_lists_name(unit: Unit, world: VisitWorld) -> None:
    record = json.loads(world.sign(unit.session, now=unit.now).canonical)
    assert record["parts"]["remote_list"] == {"list": LABEL, "outside": [], "basis": ""}


@pytest.mark.parametrize("other", [HEART_FAILURE, Diagnosis("Theo dõi thiếu máu", Certainty.PROVISIONAL)])
def test_what_is_outside_or_uncoded_holds_the_signature_back(
    unit: Unit, world: VisitWorld, other: Diagnosis
) -> None:
    diagnose(unit, world, Diagnosis("Tăng huyết áp", Certainty.CONFIRMED, "I10"), other)
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        world.sign(unit.session, now=unit.now)
    assert refused.value.facts["missing"] == ["remote_list"]


def test_converted_the_station_signs_and_nothing_is_lost(unit: Unit, world: VisitWorld) -> None:
    diagnose(unit, world, HEART_FAILURE)
    convert_to_support(unit.session, world.doctor, world.visit.id, reason="Ngoài danh mục", now=unit.now)
    assert world.visit.consult_kind == ConsultKind.FACILITY_SUPPORT
    with pytest.raises(ForbiddenError):
        world.sign(unit.session, now=unit.now)
    record = json.loads(world.sign(unit.session, now=unit.now, by=world.practitioner).canonical)
    assert record["conditions"][0]["code"] == "I50.9"
    assert record["sections"]["advice"]
    event = unit.session.exec(select(VisitEvent).where(VisitEvent.command == "convert")).one()
    assert (event.from_state, event.to_state, event.reason) == ("open", "open", "Ngoài danh mục")


def test_a_conversion_needs_a_reason_an_open_visit_and_is_done_once(unit: Unit, world: VisitWorld) -> None:
    args = (unit.session, world.doctor, world.visit.id)
    with pytest.raises(InvalidError, match="conversion-reason-missing"):
        convert_to_support(*args, reason="  ", now=unit.now)
    convert_to_support(*args, reason="x", now=unit.now)
    with pytest.raises(ConflictError, match="visit-is-support"):
        convert_to_support(*args, reason="x", now=unit.now)


def test_a_station_where_nobody_may_sign_is_not_made_to_answer(unit: Unit, world: VisitWorld) -> None:
    diagnose(unit, world, HEART_FAILURE)
    person = unit.session.get_one(Membership, world.practitioner.ref)
    person.valid_to = unit.now.date()
    unit.session.flush()
    with pytest.raises(ConflictError, match="station-cannot-sign"):
        convert_to_support(unit.session, world.doctor, world.visit.id, reason="x", now=unit.now)
    assert world.visit.consult_kind == ConsultKind.REMOTE_EXAM


def test_a_patient_who_is_referred_is_signed_as_referred(unit: Unit, world: VisitWorld, bus: Bus) -> None:
    class Always:
        def is_referred(self, *_: object) -> bool:
            return True

    bus.extend(service.Referring, Always())
    diagnose(unit, world, HEART_FAILURE)
    record = json.loads(world.sign(unit.session, now=unit.now).canonical)
    said = {"list": LABEL, "outside": ["I50.9"], "basis": "", "referred": True}
    assert record["parts"]["remote_list"] == said


def test_a_signed_visit_is_not_converted(unit: Unit, world: VisitWorld) -> None:
    world.sign(unit.session, now=unit.now)
    with pytest.raises(ConflictError, match="invalid-transition"):
        convert_to_support(unit.session, world.doctor, world.visit.id, reason="x", now=unit.now)


def test_a_basis_counts_only_where_the_deployment_configured_one(unit: Unit, world: VisitWorld) -> None:
    diagnose(unit, world, HEART_FAILURE)
    with pytest.raises(ForbiddenError, match="basis-not-configured"):
        service.name_basis(unit.session, world.doctor, world.visit.id, is_on=True, version=0, now=unit.now)


def test_a_named_basis_is_signed_in_its_words(unit: Unit, world: VisitWorld) -> None:
    unit.session.info["policy"] = replace(unit.session.info["policy"], remote_basis=BASIS)
    diagnose(unit, world, HEART_FAILURE)
    args = (unit.session, world.doctor, world.visit.id)
    service.name_basis(*args, is_on=True, version=0, now=unit.now)
    with pytest.raises(StaleError):
        service.name_basis(*args, is_on=False, version=0, now=unit.now)
    record = json.loads(world.sign(unit.session, now=unit.now).canonical)
    assert record["parts"]["remote_list"] == {"list": LABEL, "outside": ["I50.9"], "basis": BASIS}


def test_a_basis_taken_back_holds_back_again(unit: Unit, world: VisitWorld) -> None:
    unit.session.info["policy"] = replace(unit.session.info["policy"], remote_basis=BASIS)
    diagnose(unit, world, HEART_FAILURE)
    args = (unit.session, world.doctor, world.visit.id)
    service.name_basis(*args, is_on=True, version=0, now=unit.now)
    checked = service.name_basis(*args, is_on=False, version=1, now=unit.now)
    assert checked.is_held_back


def test_only_whoever_signs_names_a_basis(unit: Unit, world: VisitWorld) -> None:
    unit.session.info["policy"] = replace(unit.session.info["policy"], remote_basis=BASIS)
    with pytest.raises(ForbiddenError, match="not-allowed"):
        service.name_basis(
            unit.session, world.practitioner, world.visit.id, is_on=True, version=0, now=unit.now
        )
