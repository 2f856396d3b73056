"""Finding patients by what people remember of them, within scope, at constant cost."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database, Unit
from telehealth.patients import finding, rules, service
from telehealth.patients.models import NameWord, Seen
from telehealth.staff.actors import MembershipActor
from tests.support.world import make_member, make_patient, patient_details

CCCD = "001185012345"


@pytest.fixture
def nurse(unit: Unit) -> MembershipActor:
    return make_member(unit.session)


@pytest.fixture
def people(unit: Unit, nurse: MembershipActor) -> None:
    make_patient(unit.session, nurse, full_name="Lý Thị Lụa", cccd=CCCD, bhyt="TE1350100000178")
    make_patient(unit.session, nurse, full_name="Lương Văn Lý", birth="1949", phone="0912 345 678")
    make_patient(unit.session, nurse, full_name="Đàm Thị Hòa", birth="07/1966", phone="0209 385 0123")
    make_patient(unit.session, make_member(unit.session), full_name="Lý Thị Lụa")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ly", ["Lương Văn Lý", "Lý Thị Lụa"]),
        ("lua thi", ["Lý Thị Lụa"]),
        ("LỤA", ["Lý Thị Lụa"]),
        ("dam thi hoa", ["Đàm Thị Hòa"]),
        ("Hoà", ["Đàm Thị Hòa"]),
        ("lu", ["Lương Văn Lý", "Lý Thị Lụa"]),
        ("ua", []),
        ("ly 1949", ["Lương Văn Lý"]),
        ("12/05/1949", ["Lương Văn Lý"]),
        ("15/07/1966", ["Đàm Thị Hòa"]),
        ("15/08/1966", []),
        ("12/05/1985", ["Lý Thị Lụa"]),
        ("0868123456", ["Lý Thị Lụa"]),
        ("+84912345678", ["Lương Văn Lý"]),
        (CCCD, ["Lý Thị Lụa"]),
        ("0100000178", ["Lý Thị Lụa"]),
        ("te1350100000178", ["Lý Thị Lụa"]),
        ("000003", ["Đàm Thị Hòa"]),
        ("999999", []),
        ("?!", []),
        ("100%", []),
        (f"{CCCD}||Lý Thị Lụa|12051985|Nữ|Thôn Nà Ít|02022021", ["Lý Thị Lụa"]),
    ],
)
@pytest.mark.usefixtures("people")
def test_a_patient_is_found(unit: Unit, nurse: MembershipActor, text: str, found: list[str]) -> None:
    cards = finding.search(unit.session, nurse, text, now=unit.now)
    assert sorted(card.full_name for card in cards) == sorted(found)


@pytest.mark.usefixtures("people")
def test_found_patients_sort_by_given_name(unit: Unit, nurse: MembershipActor) -> None:
    names = [card.full_name for card in finding.search(unit.session, nurse, "l", now=unit.now)]
    assert names == ["Lý Thị Lụa", "Lương Văn Lý"]


def test_an_empty_search_shows_whom_one_looked_at_last(unit: Unit, nurse: MembershipActor) -> None:
    first = make_patient(unit.session, nurse, full_name="Bàn Thị Nái")
    second = make_patient(unit.session, nurse, full_name="Triệu Thị Mùi")
    service.read_patient(unit.session, nurse, first.id, now=unit.now + timedelta(minutes=1))
    ids = [card.id for card in finding.search(unit.session, nurse, " ", now=unit.now + timedelta(minutes=2))]
    assert ids == [first.id, second.id]
    assert len(unit.session.exec(select(Seen)).all()) == 2


@pytest.mark.usefixtures("people")
def test_looking_is_on_record(unit: Unit, nurse: MembershipActor) -> None:
    [card] = service.search_patients(unit.session, nurse, "lua", now=unit.now)
    service.read_patient(unit.session, nurse, card.id, now=unit.now)
    rows = unit.session.exec(select(AuditEntry).where(AuditEntry.actor_ref == nurse.ref)).all()
    found = [row.facts["ids"] for row in rows if row.action == "patient.find"]
    read = [row.patient_id for row in rows if row.action == "patient.read"]
    assert (found, read) == ([[str(card.id)]], [card.id])
    assert CCCD not in str([row.facts for row in rows])


def test_a_search_costs_as_many_statements_however_many_are_found(database: Database) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        for number in range(12):
            make_patient(unit.session, nurse, full_name=f"Lý Thị Lụa {number}", phone=f"08681234{number:02d}")
    statements: list[str] = []
    with database.read() as unit:
        connection = unit.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        for text, cost in (("", 1), ("lua", 2), ("0868123401", 1), (CCCD, 1), ("lua 1985", 2), ("1985", 2)):
            statements.clear()
            finding.search(unit.session, nurse, text, now=unit.now)
            assert len(statements) == cost


@pytest.mark.parametrize("bound", [1, 3, 10_000])
@pytest.mark.usefixtures("people")
def test_whichever_index_is_walked_along_the_same_people_are_found(
    unit: Unit, nurse: MembershipActor, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    """With a bound so low that nothing can be told apart, words are walked along unsorted."""
    monkeypatch.setattr(finding, "COUNTED_TO", bound)
    monkeypatch.setattr(rules, "COUNTED_TO", bound)
    for number in range(30):
        make_patient(unit.session, make_member(unit.session), full_name=f"Lý Thị Lụa {number}")
    found = {
        text: {card.full_name for card in finding.search(unit.session, nurse, text, now=unit.now)}
        for text in ("ly", "lua ly", "l", "1985", "lua 12/05/1985", "dam 1966", "van thi")
    }
    assert found == {
        "ly": {"Lý Thị Lụa", "Lương Văn Lý"},
        "lua ly": {"Lý Thị Lụa"},
        "l": {"Lý Thị Lụa", "Lương Văn Lý"},
        "1985": {"Lý Thị Lụa"},
        "lua 12/05/1985": {"Lý Thị Lụa"},
        "dam 1966": {"Đàm Thị Hòa"},
        "van thi": set(),
    }


def test_a_changed_name_is_found_and_the_old_one_is_not(unit: Unit, nurse: MembershipActor) -> None:
    patient = make_patient(unit.session, nurse, full_name="Lý Thị Lua")
    service.change(
        unit.session,
        nurse,
        patient.id,
        patient_details(full_name="Lý Thị Lúa Vàng"),
        contacts=(),
        guardian=None,
        version=patient.version,
        now=unit.now,
    )
    names = [card.full_name for card in finding.search(unit.session, nurse, "vang", now=unit.now)]
    assert names == ["Lý Thị Lúa Vàng"]
    assert len(unit.session.exec(select(NameWord)).all()) == 4


@pytest.mark.usefixtures("people")
def test_a_card_says_what_a_list_needs(unit: Unit, nurse: MembershipActor) -> None:
    [card] = finding.search(unit.session, nurse, "luong", now=unit.now)
    assert (card.birth_label, card.birth_year, card.age_label) == ("1949", 1949, "77 tuổi")
    assert card.address == "Thôn Nà Ít, xã Phủ Thông"
