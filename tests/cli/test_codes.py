"""Importing lists of diagnosis codes from the command line, on a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telehealth import migrations, operations
from telehealth.cli import app
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.visits.models import DiagnosisCode


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))
    database = open_database(Settings(), SystemClock())
    migrations.upgrade(database.writer)
    operations.load_reference(database)
    yield database
    database.dispose()


def telehealth(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_a_list_is_imported_once_and_put_into_use(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "byt.csv"
    rows = "\n".join(f"{chr(65 + n // 100)}{n % 100:02d};Bệnh số {n}" for n in range(1_500))
    file.write_text(f"MÃ BỆNH;TÊN BỆNH\n{rows}", "utf-16")
    done = telehealth("codes", "import", str(file), "--list", "BYT 2026")
    assert done.exit_code == 0
    assert "byt.csv: utf-16, code=MÃ BỆNH, name=TÊN BỆNH" in done.stdout
    assert "1000 / 1500" in done.stdout
    assert "1500 codes in the list BYT 2026." in done.stdout
    assert "nothing changed" in telehealth("codes", "import", str(file), "--list", "BYT 2026").stdout
    assert telehealth("codes", "use", "BYT 2026", "--from", "2026-12-01").exit_code == 0
    assert "BYT 2026  1500 codes  in use from 2026-12-01  byt.csv" in telehealth("codes", "list").stdout
    assert telehealth("codes", "use", "BYT 2026").stdout == "BYT 2026: not in use.\n"
    refused = telehealth("codes", "use", "khác")
    assert refused.exit_code == 1
    assert "Không có bảng mã này." in refused.stderr


def test_refused_rows_are_told_with_their_lines_and_nothing_is_written(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "byt.csv"
    file.write_text("A,B\nI10,Tăng huyết áp\nC00-C97,Bướu\nI10,Lại\n", "utf-8")
    columns = ("--column", "code=A", "--column", "name=B")
    unknown = telehealth("codes", "import", str(file), "--list", "BYT")
    assert unknown.exit_code == 1
    assert "A, B" in unknown.stderr
    refused = telehealth("codes", "import", str(file), "--list", "BYT", *columns)
    assert refused.exit_code == 1
    assert "!! line 3: Mã không đúng dạng ICD-10: C00-C97 | Bướu" in refused.stdout
    assert "!! line 4: Mã này đã có ở dòng trước: I10 | Lại" in refused.stdout
    assert "2 dòng không nhận được" in refused.stderr
    with database.read() as unit:
        assert unit.session.get(DiagnosisCode, ("BYT", "I10")) is None
    done = telehealth("codes", "import", str(file), "--list", "BYT", *columns, "--leave-out-refused")
    assert "1 codes in the list BYT." in done.stdout
