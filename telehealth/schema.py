"""Every table of the program, and how an empty database gets them with their guards."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy import Engine, MetaData

import telehealth
from telehealth.kit import changes, db


def target() -> MetaData:
    """Return the metadata with the tables of every slice in it."""
    for package in iter_modules(telehealth.__path__, "telehealth."):
        if package.ispkg and find_spec(f"{package.name}.models"):
            import_module(f"{package.name}.models")
    assert changes.Change.metadata is db.metadata
    return db.metadata


def build(engine: Engine) -> None:
    """Create every table and guard in an empty database."""
    with engine.begin() as connection:
        target().create_all(connection)
        if find_spec("telehealth.scheduling") and find_spec("telehealth.scheduling.guard"):
            import_module("telehealth.scheduling.guard").install(connection)
