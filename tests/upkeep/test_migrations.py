"""Migrations make the same database as the models, guard included, and can be undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from telehealth import migrations
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling import guard
from telehealth.schema import target_metadata
from tests.support.clock import FixedClock
from tests.support.postgres import Cluster


@pytest.fixture
def empty(database_kind: str, tmp_path: Path, clock: FixedClock, keyring: Keyring) -> Iterator[Engine]:
    """The writing engine of a database that has nothing in it."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        url = Cluster.shared().create(f"t{new_id().hex}")
    database = Database(url, clock=clock, keyring=keyring)
    yield database.writer
    database.dispose()


def test_migrating_an_empty_database_makes_what_the_models_say(empty: Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, target_metadata()) == []


def test_the_guard_against_double_booking_is_there_after_migrating(empty: Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert guard.is_present(connection)


def test_migrating_twice_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert migrations.current_revision(empty) == migrations.newest_revision()


def test_migrations_can_be_undone(empty: Engine) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(empty)
    assert migrations.current_revision(empty) == migrations.newest_revision()


def test_one_line_of_revisions_leads_to_the_newest() -> None:
    numbers = sorted(path.name[:4] for path in (migrations.SCRIPTS / "versions").glob("*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
