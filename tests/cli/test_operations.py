"""What an operator does: accounts, tokens, keys, self-diagnosis, on a real database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from telehealth import migrations, operations
from telehealth.availability.models import NationalDay
from telehealth.cli import app
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.patients.models import Patient
from telehealth.patients.queries import open_identity
from telehealth.staff.queries import find_bearer
from tests.support import world

FACILITIES = Path(operations.__file__).parent / "demo" / "facilities.toml"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))
    return Settings()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, SystemClock())
    migrations.upgrade(database.writer)
    operations.load_reference(database)
    yield database
    database.dispose()


def telehealth(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_migrating_makes_a_database_that_passes_its_own_check(settings: Settings) -> None:
    assert telehealth("migrate").exit_code == 0
    checked = telehealth("check")
    assert "guard against double booking" in checked.stdout
    assert [line for line in checked.stdout.splitlines() if line.startswith("!!")] == [
        "!!  TURN relay configured"
    ]


def test_a_missing_guard_is_found(database: Database) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER claim_no_overlap_insert")
    checked = telehealth("check")
    assert checked.exit_code == 1
    assert "!!  guard against double booking" in checked.stdout


def test_holidays_are_imported_once_and_a_file_that_is_none_is_one_sentence(
    database: Database, tmp_path: Path
) -> None:
    first, again = (
        telehealth("holidays", "import"),
        telehealth("holidays", "import", str(operations.HOLIDAYS)),
    )
    assert "0 changed, 0 removed" in first.stdout
    assert again.stdout.startswith("0 days added, 0 changed")
    other = tmp_path / "other.toml"
    other.write_text("years = [2026]\ndays = 'Tết'\n")
    refused = CliRunner().invoke(app, ["holidays", "import", str(other)])
    assert refused.exit_code == 1
    assert "holidays-unreadable" in refused.output


def test_holidays_that_take_hours_are_asked_about_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = ["7K2M-AB3D  24/11/2026 09:30"]
    monkeypatch.setattr(operations, "stranded_by_calendar", lambda *_: named)
    refused = CliRunner().invoke(app, ["holidays", "import"], input="n\n")
    assert (refused.exit_code, named[0] in refused.output) == (1, True)
    with database.read() as unit:
        assert unit.session.exec(select(NationalDay)).first() is None
    assert "days added" in telehealth("holidays", "import", "--yes").stdout


def test_facilities_are_imported_once(database: Database) -> None:
    assert "15 facilities imported" in telehealth("facility", "import", str(FACILITIES)).stdout
    assert "0 facilities imported" in telehealth("facility", "import", str(FACILITIES)).stdout


def test_facilities_and_members_are_listed_with_the_ids_other_commands_ask_for(database: Database) -> None:
    with database.write() as unit:
        facility = world.make_facility(unit.session)
        nurse = world.make_member(unit.session, facility)
    assert f"{facility.id}  {facility.name}" in telehealth("facility", "list").stdout
    listed = telehealth("staff", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [str(nurse.ref)]


@pytest.mark.parametrize("text", ["x = [", "x = 1"], ids=["not TOML", "other keys"])
def test_a_file_of_facilities_that_cannot_be_read_is_one_sentence(
    database: Database, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "facilities.toml"
    file.write_text(text)
    refused = telehealth("facility", "import", str(file))
    assert refused.exit_code == 1
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(("name", "value"), [("TIME_ZONE", "Mars/Olympus"), ("PORT", "0")])
def test_a_setting_that_cannot_be_used_is_one_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TELEHEALTH_{name}", value)
    refused = telehealth("check")
    assert refused.exit_code == 1
    assert f"TELEHEALTH_{name} cannot be used" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "to_mend"),
    [
        ("SMS_GATEWAY", "pigeon", "SMS_GATEWAY"),
        ("SMS_BRAND", "Trạm", "SMS_BRAND"),
        ("BASE_URL", f"https://{'tram.' * 12}vn", "BASE_URL"),
        ("PUSH_KEY", "AAAA", "PUSH_CONTACT"),
        ("RELAY_ONLY", "true", "RELAY_ONLY"),
    ],
)
def test_a_setting_the_server_cannot_work_with_is_one_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str, to_mend: str
) -> None:
    monkeypatch.setenv(f"TELEHEALTH_{name}", value)
    refused = telehealth("openapi")
    assert refused.exit_code == 1
    assert f"TELEHEALTH_{to_mend}: " in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_refusal_is_told_in_both_languages(database: Database) -> None:
    who = ("0868 123 456", "--name", "Nông Thị Hạnh", "--facility-id", "01a2b3c4-0000-7000-8000-000000000000")
    refused = telehealth("staff", "invite", *who, "--role", "manager")
    assert "facility-not-found: Không tìm thấy cơ sở này. · " in refused.stderr
    assert telehealth("staff", "invite", *who, "--role", "boss").exit_code == 2


def test_an_invited_manager_gets_a_link_that_is_shown_once(database: Database) -> None:
    with database.write() as unit:
        facility_id = world.make_facility(unit.session).id
    who = ("0868 123 456", "--name", "Nông Thị Hạnh", "--role", "manager", "--facility-id", str(facility_id))
    invited = telehealth("staff", "invite", *who)
    assert invited.exit_code == 0
    assert "/activate/" in invited.stdout
    again = telehealth("staff", "invite", *who)
    assert again.exit_code == 1
    assert "username-taken" in again.stderr


def test_a_token_acts_for_whom_it_was_made_until_it_is_revoked(database: Database) -> None:
    with database.write() as unit:
        facility = world.make_facility(unit.session)
        nurse = world.make_member(unit.session, facility)
    membership = telehealth("token", "create", "his", "--membership", str(nurse.ref)).stdout.strip()
    program = telehealth(
        "token", "create", "his", "--facility", str(facility.id), "--action", "appointment.read"
    ).stdout.strip()
    assert bearers(database, membership, program) == [nurse.ref, facility.id]
    assert "2 revoked" in telehealth("token", "revoke", "his").stdout
    assert bearers(database, membership, program) == [None, None]


def test_a_program_cannot_be_given_what_only_people_do(database: Database) -> None:
    with database.write() as unit:
        facility = world.make_facility(unit.session)
    refused = telehealth("token", "create", "x", "--facility", str(facility.id), "--action", "visit.sign")
    assert refused.exit_code == 1
    assert "action-not-for-programs" in refused.stderr


def test_a_token_has_exactly_one_bearer(database: Database) -> None:
    assert telehealth("token", "create", "x").exit_code == 1


def test_rotating_keys_seals_everything_anew_and_everything_still_opens(
    database: Database, settings: Settings
) -> None:
    with database.write() as unit:
        nurse = world.make_member(unit.session)
        patient_id = world.make_patient(unit.session, nurse, now=unit.now, cccd="001085012345").id
    before = json.loads((settings.data_dir / "keys.json").read_text())
    assert telehealth("keys", "rotate").exit_code == 0
    after = json.loads((settings.data_dir / "keys.json").read_text())
    assert len(after["sealing"]) == len(before["sealing"]) + 1
    rotated = open_database(settings, SystemClock())
    with rotated.read() as unit:
        patient = unit.session.get_one(Patient, patient_id)
        assert patient.cccd_sealed is not None
        assert rotated.keyring.is_current(patient.cccd_sealed)
        assert open_identity(unit.session, patient).cccd == "001085012345"
    rotated.dispose()


def bearers(database: Database, *tokens: str) -> list[object]:
    """Return whom each token stands for: a membership's id, a facility's, or None."""
    found: list[object] = []
    with database.read() as unit:
        today = database.policy.local_date(unit.now)
        for token in tokens:
            actor = find_bearer(unit.session, token, now=unit.now, today=today)
            found.append(
                None if actor is None else actor.ref if actor.kind == "membership" else actor.facility_id
            )
    return found
