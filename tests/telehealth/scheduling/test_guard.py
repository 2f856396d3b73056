"""The database refuses overlaps by itself, whatever the program believes."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from typer.testing import CliRunner

from telehealth import cli
from telehealth.kit.db import Database, Unit
from telehealth.kit.ids import new_id
from telehealth.scheduling import guard
from telehealth.scheduling.models import Claim
from tests.support.app import build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.ports import free_port


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=2, patients=2)


@pytest.fixture
def claim(unit: Unit, world: BookingWorld) -> Claim:
    """The claim of a doctor from 09:30 to 09:50."""
    appointment = world.hold(unit.session, at("09:30"), now=unit.now)
    claims = unit.session.exec(select(Claim).where(Claim.appointment_id == appointment.id)).all()
    return min(claims, key=lambda each: each.id)


def beside(claim: Claim, **values: Any) -> Claim:
    """Copy a claim for another appointment (rows of one are unique per resource)."""
    return Claim(**{**claim.model_dump(), "id": new_id(), "state": "booked", "held_until": None, **values})


def insert(session: Session, claim: Claim, appointment_id: UUID) -> None:
    claim.appointment_id = appointment_id
    session.add(claim)
    session.flush()


@pytest.fixture
def other(unit: Unit, world: BookingWorld) -> UUID:
    """Another appointment, at another time, with another doctor and patient."""
    return world.hold(unit.session, at("14:30"), now=unit.now, doctor=1, patient=1).id


OVERLAPS = [(0, 0), (300, 300), (-300, -300), (-300, 300), (300, -300), (-1199, -1199), (1199, 1199)]


@pytest.mark.parametrize("shift", OVERLAPS, ids=str)
def test_an_overlapping_insert_is_refused(
    unit: Unit, claim: Claim, other: UUID, shift: tuple[int, int]
) -> None:
    moved = beside(claim, busy_start=claim.busy_start + shift[0], busy_end=claim.busy_end + shift[1])
    with pytest.raises(IntegrityError) as refused:
        insert(unit.session, moved, other)
    assert guard.is_overlap(refused.value)


@pytest.mark.parametrize("shift", [-1200, 1200], ids=["just before", "just after"])
def test_touching_claims_are_accepted(unit: Unit, claim: Claim, other: UUID, shift: int) -> None:
    moved = beside(claim, busy_start=claim.busy_start + shift, busy_end=claim.busy_end + shift)
    insert(unit.session, moved, other)


def test_another_lane_and_released_claims_are_accepted(unit: Unit, claim: Claim, other: UUID) -> None:
    insert(unit.session, beside(claim, lane=1), other)
    insert(unit.session, beside(claim, state="released"), other)


@pytest.mark.parametrize("column", ["busy_start", "busy_end", "state", "lane", "resource_id"])
def test_an_update_into_an_overlap_is_refused(unit: Unit, claim: Claim, other: UUID, column: str) -> None:
    """Stored first so that one column alone keeps it from overlapping, then that column is changed."""
    elsewhere = unit.session.exec(select(Claim.resource_id).where(Claim.appointment_id == other)).all()[0]
    apart: dict[str, Any] = {
        "busy_start": claim.busy_end,
        "busy_end": claim.busy_start - 600,
        "state": "released",
        "lane": 1,
        "resource_id": elsewhere,
    }
    around = {"busy_start": claim.busy_start - 1200, "busy_end": claim.busy_end + 1200}
    moved = beside(claim, **{**around, column: apart[column]})
    insert(unit.session, moved, other if column != "resource_id" else claim.appointment_id)
    moved.appointment_id = other
    setattr(moved, column, {**claim.model_dump(), **around, "state": "booked"}[column])
    with pytest.raises(IntegrityError) as refused:
        unit.session.flush()
    assert guard.is_overlap(refused.value)


def test_other_broken_rules_are_not_taken_for_an_overlap(unit: Unit, claim: Claim, other: UUID) -> None:
    with pytest.raises(IntegrityError) as refused:
        insert(unit.session, beside(claim, busy_end=claim.busy_start), other)
    assert not guard.is_overlap(refused.value)


def test_a_database_without_the_guard_is_not_served(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    guard.require(database.writer)
    with database.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE claim DROP CONSTRAINT {guard.CONSTRAINT}"))
        else:
            connection.execute(text("DROP TRIGGER claim_no_overlap_update"))
    with (
        pytest.raises(guard.GuardMissingError, match="guard against double booking is missing"),
        TestClient(build_app(database, tmp_path, clock)),
    ):
        pass
    with database.writer.begin() as connection:
        guard.install(connection)
        guard.install(connection)
    guard.require(database.writer)


def test_the_command_says_so_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TELEHEALTH_PORT", str(free_port()))
    result = CliRunner().invoke(cli.app, ["serve"])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "run telehealth migrate first" in result.stderr


@pytest.mark.databases("sqlite")  # the trap is SQLite's: PostgreSQL alters tables in place
def test_rebuilding_the_table_drops_the_guard_which_is_why_migrations_install_it_again(
    database: Database,
) -> None:
    with database.writer.begin() as connection:
        definition = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'claim'")
        ).scalar_one()
        rebuilt = definition.replace("CREATE TABLE claim", "CREATE TABLE claim_new")
        connection.execute(text(rebuilt))
        connection.execute(text("DROP TABLE claim"))
        connection.execute(text("ALTER TABLE claim_new RENAME TO claim"))
        assert not guard.is_present(connection)
        guard.install(connection)
        assert guard.is_present(connection)
