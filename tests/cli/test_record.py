"""`telehealth record` and `telehealth conditions`: what an operator checks, makes and imports."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from telehealth import fitting, migrations
from telehealth.cli import app
from telehealth.conditions.queries import list_rows
from telehealth.kit.clock import SystemClock
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.main import open_database
from telehealth.papers.certificates import make_certificate
from telehealth.prescriptions.models import LongUseCondition
from tests.support.clock import FixedClock
from tests.support.visits import make_visit_world

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment with a key that signs."""
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("TELEHEALTH_DATABASE_URL", raising=False)
    key, certificate = make_certificate(tmp_path / "keys", "Trạm A", now=FixedClock().now())
    monkeypatch.setenv("TELEHEALTH_SIGNING_KEY", str(key))
    monkeypatch.setenv("TELEHEALTH_SIGNING_CERTIFICATE", str(certificate))
    return tmp_path


def sign_a_visit(folder: Path) -> str:
    database = open_database(Settings(), FixedClock())
    migrations.upgrade(database.writer)
    try:
        with database.write() as unit:
            world = make_visit_world(unit.session, now=unit.now)
            world.write(unit.session, now=unit.now, follow_up_on=None)
            world.sign(unit.session, now=unit.now)
            return str(world.visit.id)
    finally:
        database.dispose()


def test_a_record_is_verified_and_tampering_is_found(folder: Path) -> None:
    visit_id = sign_a_visit(folder)
    sound = runner.invoke(app, ["record", "verify", visit_id])
    assert (sound.exit_code, "Trạm A" in sound.output) == (0, True)
    database = open_database(Settings(), SystemClock())
    with database.writer.begin() as connection:
        connection.execute(text("DROP TRIGGER signed_record_no_update"))
        connection.execute(text("UPDATE signed_record SET canonical = replace(canonical, 'I10', 'I11')"))
    database.dispose()
    changed = runner.invoke(app, ["record", "verify", visit_id])
    assert changed.exit_code == 1
    assert "The content is not what was signed" in changed.output


@pytest.mark.parametrize("visit_id", ["x", "01a22651-f065-7265-b2a8-3ba994a82154"])
def test_what_was_never_signed_is_said_so(folder: Path, visit_id: str) -> None:
    sign_a_visit(folder)
    answer = runner.invoke(app, ["record", "verify", visit_id])
    assert answer.exit_code == 1
    assert "Nothing is signed" in answer.output


def test_a_made_key_signs_with_the_printed_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = runner.invoke(app, ["record", "certificate", "--name", "Trạm B", "--folder", str(tmp_path)])
    assert made.exit_code == 0
    for line in made.output.splitlines():
        name, _, value = line.partition("=")
        if name.startswith("TELEHEALTH_"):
            monkeypatch.setenv(name, value)
    signer = fitting.build_signer(Settings())
    assert signer is not None
    assert signer.subject == "Trạm B"
    assert signer.is_valid_at(SystemClock().now())


def test_a_key_is_not_written_over(folder: Path) -> None:
    again = runner.invoke(app, ["record", "certificate", "--name", "B", "--folder", str(folder / "keys")])
    assert again.exit_code == 1
    assert "exists" in again.output


def test_the_list_is_imported_whole_or_not_at_all(folder: Path) -> None:
    sign_a_visit(folder)
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text("code,name,source\nI10,Tăng huyết áp,x\n", "utf-8")
    bad.write_bytes("code,name,source\nI10,Tăng huyết áp,x\n".encode("utf-16"))
    refused = runner.invoke(app, ["conditions", "import", str(bad), "--label", "A"])
    assert refused.exit_code == 1
    assert "conditions-unreadable" in refused.output
    done = runner.invoke(app, ["conditions", "import", str(good), "--label", "TT 30"])
    assert (done.exit_code, "1 rows of the list TT 30" in done.output) == (0, True)
    database = open_database(Settings(), SystemClock())
    with database.read() as unit:
        assert [row.prefix for row in list_rows(unit.session, "TT 30")] == ["I10"]
    database.dispose()


def test_the_list_of_long_prescriptions_is_imported_whole_or_not_at_all(folder: Path) -> None:
    sign_a_visit(folder)
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text("code,name,source\nI10,Tăng huyết áp,x\n", "utf-8")
    bad.write_text("code,name,source\nTăng huyết áp,I10,x\n", "utf-8")
    refused = runner.invoke(app, ["conditions", "import-long", str(bad), "--label", "A"])
    assert refused.exit_code == 1
    assert "conditions-unreadable" in refused.output
    done = runner.invoke(app, ["conditions", "import-long", str(good), "--label", "TT 26"])
    assert (done.exit_code, "1 rows of the list TT 26" in done.output) == (0, True)
    database = open_database(Settings(), SystemClock())
    with database.read() as unit:
        found = unit.session.exec(select(LongUseCondition)).all()
        assert [(row.list_label, row.prefix) for row in found] == [("TT 26", "I10")]
        assert list_rows(unit.session, "TT 26") == [], "not the list of remote examination"
    database.dispose()


def test_a_key_of_no_use_is_named_at_the_start(tmp_path: Path) -> None:
    nothing = Settings(signing_key=tmp_path / "none", signing_certificate=tmp_path / "none")
    with pytest.raises(UnusableSettingError, match="TELEHEALTH_SIGNING_KEY"):
        fitting.build_signer(nothing)
    with pytest.raises(UnusableSettingError, match="one needs the other"):
        fitting.build_signer(Settings(signing_key=tmp_path / "none"))
    assert fitting.build_signer(Settings()) is None
