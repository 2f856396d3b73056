"""Bring a database to the shape this version of the program needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from telehealth.scheduling import marks

SCRIPTS = Path(__file__).resolve().parents[1] / "alembic"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that the database lacks, up to a revision.

    At the newest one the triggers that mark changed diaries are looked after: a migration that rebuilt
    one of their tables may have dropped some.
    """
    command.upgrade(_config(engine), revision)
    if revision == "head":
        with engine.begin() as connection:
            if not marks.is_present(connection):
                marks.install(connection)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to a revision; "base" undoes them all, and every row goes with them."""
    command.downgrade(_config(engine), revision)


def current_revision(engine: Engine) -> str | None:
    """Return the revision a database is at; None if no migration ever ran."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision this version of the program needs."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def _config(engine: Engine) -> Config:
    config = Config()
    # The path may contain a percent sign, which the configuration would take for an interpolation.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config
