"""Migrations make the same database as the models, guard included, and can be undone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from telehealth import migrations
from telehealth.answers import service as answers
from telehealth.answers.jobs import keep_clocks
from telehealth.answers.models import AnswerRequest
from telehealth.answers.queries import list_steps
from telehealth.answers.rules import Within
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling import guard
from telehealth.schema import target_metadata
from tests.support.answers import make_answer_world
from tests.support.clock import FixedClock
from tests.support.postgres import Cluster


@pytest.fixture
def bare(database_kind: str, tmp_path: Path, clock: FixedClock, keyring: Keyring) -> Iterator[Database]:
    """A database that has nothing in it, no tables either."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        url = Cluster.shared().create(f"t{new_id().hex}")
    database = Database(url, clock=clock, keyring=keyring)
    yield database
    database.dispose()


@pytest.fixture
def empty(bare: Database) -> Engine:
    """The writing engine of a database that has nothing in it."""
    return bare.writer


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


def test_questions_asked_before_they_had_clocks_get_them(bare: Database, clock: FixedClock) -> None:
    migrations.upgrade(bare.writer)
    with bare.write() as unit:
        now, world = unit.now, make_answer_world(unit.session, now=unit.now)
        row = world.send(unit.session, now=now, within=Within.ONE_HOUR)
        answers.take(unit.session, world.first, row.id, now=now)
        answers.ask_back(unit.session, world.first, row.id, text="?", version=row.version, now=now)
        request_id, asked_at = row.id, row.asked_at
    assert due_at(bare, request_id) != asked_at
    migrations.downgrade(bare.writer, "0039")
    assert due_at(bare, request_id) is None, "the program of then knew no such clock"
    migrations.upgrade(bare.writer)
    assert due_at(bare, request_id) == asked_at
    clock.advance(minutes=16)
    keep_clocks(bare)
    with bare.read() as unit:
        kinds = [step.kind for step in list_steps(unit.session, request_id)]
    assert kinds == ["sent", "taken", "question", "reply_reminded"]
    assert due_at(bare, request_id) == now + timedelta(minutes=30)


def due_at(database: Database, request_id: UUID) -> datetime | None:
    with database.read() as unit:
        return unit.session.get_one(AnswerRequest, request_id).due_at


def test_one_line_of_revisions_leads_to_the_newest() -> None:
    numbers = sorted(path.name[:4] for path in (migrations.SCRIPTS / "versions").glob("*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
