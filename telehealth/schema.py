"""Every table of the program in one place, and building them without migrations (for tests)."""

from sqlalchemy import Engine, MetaData

import telehealth.access.models
import telehealth.audit.models
import telehealth.facilities.models
import telehealth.kit.changes
import telehealth.staff.models  # noqa: F401  (importing a slice's models registers its tables)
from telehealth.kit.db import metadata


def target_metadata() -> MetaData:
    """Return the metadata that migrations are compared with."""
    return metadata


def build(engine: Engine) -> None:
    """Create all tables and the guard against double booking on an empty database."""
    metadata.create_all(engine)
