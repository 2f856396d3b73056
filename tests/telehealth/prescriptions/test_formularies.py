"""Lists of medicines: whole or not at all, idempotent, refused with reason and line; searched."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from telehealth.cli import app
from telehealth.facilities.models import FacilityIdentifier
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.prescriptions import finding, service
from telehealth.prescriptions.formularies import FormularyRefusedError, groups_of, read_formulary
from telehealth.prescriptions.models import Medicine
from telehealth.staff.rules import Role
from tests.support.visits import VisitWorld
from tests.support.world import SINCE, make_facility, make_member

HEAD = "code,generic_name,strength,form,route,unit,class,dose,times,days"
GOOD = (
    f"{HEAD}\nA1,Amoxicillin,500 mg,viên,uống,viên,antibiotic,1,3,7\n"
    "A2,Paracetamol,500 mg,viên,uống,viên,,,,\n"
)


def test_a_list_is_read_with_its_groups_and_ingredients() -> None:
    first, second = read_formulary(GOOD.encode())
    assert first.ingredients == ("Amoxicillin",)
    assert "penicillin" in first.groups
    assert (second.dose, second.times) == (None, None)


def test_semicolons_decimal_commas_and_marks_at_the_beginning_are_read() -> None:
    text = "\ufeffcode;generic_name;form;route;unit;dose\nA1;Digoxin;viên;uống;viên;0,5\n\n"
    (row,) = read_formulary(text.encode())
    assert str(row.dose) == "0.5"


@pytest.mark.parametrize(
    ("text", "line", "code", "column"),
    [
        ("", 1, "column-missing", "code"),
        (HEAD, 1, "empty", ""),
        ("code,generic_name,form,route,unit,price\n", 1, "column-unknown", "price"),
        (GOOD + "A3,,x,viên,uống,viên,,,,\n", 4, "missing", "generic_name"),
        (GOOD + "A1,Thuốc,x,viên,uống,viên,,,,\n", 4, "code-repeated", "code"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,strong,,,\n", 4, "class-unknown", "class"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,một,,\n", 4, "number", "dose"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,0,,\n", 4, "number", "dose"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,NaN,,\n", 4, "number", "dose"),
        # One, or a thousand: whoever wrote the file knows.
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,1.000,,\n", 4, "number", "dose"),
        (GOOD + 'A3,Thuốc,x,viên,uống,viên,,"1,500",,\n', 4, "number", "dose"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,,99,\n", 4, "count", "times"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,,,91\n", 4, "count", "days"),
        (GOOD + f"A3,{'x' * 201},x,viên,uống,viên,,,,\n", 4, "too-long", "generic_name"),
        (GOOD + "A3,Thuốc,x,viên,uống,viên,,,,,thừa\n", 4, "too-many-cells", ""),
    ],
)
def test_a_wrong_file_is_refused_with_reason_and_line(text: str, line: int, code: str, column: str) -> None:
    with pytest.raises(FormularyRefusedError) as refused:
        read_formulary(text.encode())
    first = refused.value.problems[0]
    assert (first.line, first.code, first.column) == (line, code, column)


def test_all_wrong_rows_are_named() -> None:
    text = GOOD + "A3,,x,viên,uống,viên,,,,\nA4,,x,viên,uống,viên,,,,\n"
    with pytest.raises(FormularyRefusedError) as refused:
        read_formulary(text.encode())
    assert [each.line for each in refused.value.problems] == [4, 5]
    assert refused.value.facts["count"] == 2


def test_what_is_no_utf8_is_refused() -> None:
    with pytest.raises(FormularyRefusedError):
        read_formulary(GOOD.encode("utf-16"))


def test_the_own_list_is_read_and_every_row_names_its_source(unit: Unit) -> None:
    assert service.load_reference(unit.session, now=unit.now) >= 120
    assert service.load_reference(unit.session, now=unit.now) >= 120
    (formulary,) = finding.list_formularies(unit.session, None)
    rows = finding.list_medicines(unit.session, formulary.id, limit=1000)
    assert all(row.source for row in rows)
    assert formulary.approved_at is None


def test_an_import_is_whole_or_nothing_and_again_changes_nothing(unit: Unit, world: VisitWorld) -> None:
    session, station = unit.session, world.nurse.here
    with pytest.raises(InvalidError, match="formulary-refused"):
        service.import_formulary(session, SYSTEM, station, "2026-11", b"x", now=unit.now)
    assert finding.list_formularies(session, station) == []
    first = service.import_formulary(session, SYSTEM, station, "2026-11", GOOD.encode(), now=unit.now)
    again = service.import_formulary(session, SYSTEM, station, "2026-11", GOOD.encode(), now=unit.now)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.formulary.id == again.formulary.id
    with pytest.raises(ConflictError, match="label-taken"):
        service.import_formulary(
            session, SYSTEM, station, "2026-11", GOOD.replace("500", "250").encode(), now=unit.now
        )
    with pytest.raises(InvalidError, match="label-invalid"):
        service.import_formulary(session, SYSTEM, station, "<b>", GOOD.encode(), now=unit.now)


def test_the_newest_edition_of_the_station_holds_and_elsewhere_the_programs(
    unit: Unit, world: VisitWorld
) -> None:
    session, station = unit.session, world.nurse.here
    service.load_reference(session, now=unit.now)
    for label in ("2026-10", "2026-11"):
        text = GOOD.replace("500 mg", label)
        service.import_formulary(session, SYSTEM, station, label, text.encode(), now=unit.now)
    here, elsewhere = (
        finding.find_formulary(session, each) for each in (station, make_facility(session, name="Khác").id)
    )
    assert here is not None
    assert elsewhere is not None
    assert (here.label, elsewhere.facility_id) == ("2026-11", None)


@pytest.mark.parametrize("text", ["amox", "AMOX 500", "moxicilin x", ""])
def test_a_search_goes_by_beginnings_of_words(unit: Unit, text: str) -> None:
    service.load_reference(unit.session, now=unit.now)
    (formulary,) = finding.list_formularies(unit.session, None)
    found = [row.generic_name for row in finding.search_medicines(unit.session, formulary.id, text)]
    assert bool(found) == (text in ("amox", "AMOX 500"))
    if found:
        assert found[0].startswith("Amoxicilin")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        *(("amoxicillin", "Amoxicilin"), ("amoxicillin 500", "Amoxicilin"), ("amlodipine", "Amlodipin")),
        *(("omeprazole", "Omeprazol"), ("cefuroxime", "Cefuroxim"), ("prednisolone", "Prednisolon")),
        *(("sefalexin", "Cefalexin"), ("cephalexin", "Cefalexin"), ("metformine", "Metformin")),
        *(("amoxicill", "Amoxicilin"), ("paraxeta", "Paracetamol"), ("clarythro", "Clarithromycin")),
        *(("acetaminophen", "Paracetamol"), ("panadol", "Paracetamol"), ("efferalgan 500", "Paracetamol")),
        *(("augmentin", "Amoxicilin + Acid clavulanic"), ("augment 875", "Amoxicilin + Acid clavulanic")),
    ],
)
def test_a_search_finds_what_is_spelt_otherwise_or_stands_on_a_box(
    unit: Unit, typed: str, found: str
) -> None:
    service.load_reference(unit.session, now=unit.now)
    (formulary,) = finding.list_formularies(unit.session, None)
    rows = finding.search_medicines(unit.session, formulary.id, typed)
    assert rows, typed
    assert all(found.split()[0] in row.generic_name for row in rows), [row.generic_name for row in rows]
    assert any(row.generic_name == found for row in rows)


def test_a_search_finds_nothing_for_what_no_list_holds(unit: Unit) -> None:
    service.load_reference(unit.session, now=unit.now)
    (formulary,) = finding.list_formularies(unit.session, None)
    for typed in ("xyzalgon", "amoxicillin 999", "moxicillin", "zzzz"):
        assert finding.search_medicines(unit.session, formulary.id, typed) == [], typed


def test_what_is_spelt_as_typed_comes_before_what_sounds_like_it(unit: Unit, world: VisitWorld) -> None:
    rows = "A,Amoxicilin,1 mg,viên,uống,viên\nB,X Amoxicillin,1 mg,viên,uống,viên\n"
    text = f"code,generic_name,strength,form,route,unit\n{rows}"
    done = service.import_formulary(unit.session, SYSTEM, world.nurse.here, "a", text.encode(), now=unit.now)
    found = finding.search_medicines(unit.session, done.formulary.id, "amoxicillin")
    assert [row.code for row in found] == ["B", "A"]


def test_a_search_finds_accented_words_without_marks_and_brands(unit: Unit, world: VisitWorld) -> None:
    text = f"{HEAD},brand_name\nS1,Sắt fumarat,200 mg,viên,uống,viên,,,,,Tardyferon\n"
    done = service.import_formulary(unit.session, SYSTEM, world.nurse.here, "a", text.encode(), now=unit.now)
    for typed in ("sat", "sắt fum", "tardy", "200"):
        found: list[Medicine] = finding.search_medicines(unit.session, done.formulary.id, typed)
        assert [row.code for row in found] == ["S1"], typed


def test_a_leader_approves_the_own_facilitys_list_and_only_an_administrator_the_programs(
    unit: Unit, world: VisitWorld
) -> None:
    session = unit.session
    service.load_reference(session, now=unit.now)
    station = world.station(session)
    mine = service.import_formulary(session, SYSTEM, station.id, "a", GOOD.encode(), now=unit.now).formulary
    (own,) = [each for each in finding.list_formularies(session, None) if each.facility_id is None]
    manager = make_member(session, station, role=Role.MANAGER, name="Ma Thị Chuyên")
    other = make_member(session, make_facility(session, name="Khác"), role=Role.MANAGER, name="Lò Văn Páo")
    assert service.approve(session, manager, mine.id, now=unit.now).approved_by == manager.ref
    with pytest.raises(ForbiddenError):
        service.approve(session, manager, own.id, now=unit.now)
    with pytest.raises(NotFoundError):
        service.approve(session, other, mine.id, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.approve(session, world.doctor, mine.id, now=unit.now)
    admin = make_member(session, station, role=Role.ADMIN, name="Bàn Thị Quản")
    assert service.approve(session, admin, own.id, now=unit.now).approved_by == admin.ref


def test_groups_of_allergies_are_known_by_sound() -> None:
    assert "penicillin" in groups_of(["Amoxicillin"])
    assert groups_of(["Nước cất"]) == ()


def test_the_command_imports_and_names_each_wrong_row(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TELEHEALTH_DATABASE_URL", database.url)
    database.keyring.save(tmp_path / "keys.json")
    with database.write() as unit:
        station = make_facility(unit.session, name="Trạm Y tế xã Phủ Thông")
        unit.session.add(
            FacilityIdentifier(
                facility_id=station.id, system="cskcb", value="06023", valid_from=SINCE, source="test"
            )
        )
    file = tmp_path / "list.csv"
    file.write_text(GOOD, "utf-8")
    command = ["formulary", "import", str(file), "--facility", "06023", "--list", "2026-11"]
    runner = CliRunner()
    first, again = runner.invoke(app, command), runner.invoke(app, command)
    assert (first.exit_code, first.output) == (0, "2 medicines imported.\n")
    assert again.output == "2 medicines, imported before.\n"
    file.write_text(GOOD + "A3,,x,viên,uống,viên,,,,\n", "utf-8")
    refused = runner.invoke(app, command)
    assert refused.exit_code == 1
    assert "dòng 4" in refused.output
    assert "generic_name" in refused.output
    unknown = runner.invoke(app, [*command[:4], "99999", *command[5:]])
    assert unknown.exit_code == 1
    assert "facility-not-found" in unknown.output
