"""Requests a machine makes up from the document: never a fault, always what the document promises."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Config, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.staff.rules import Role
from tests.support import world
from tests.support.app import build_app
from tests.support.clock import FixedClock
from tests.support.day import make_day

pytestmark = pytest.mark.databases("sqlite")  # what is tried is the edge, not the database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
EXAMPLES = 6 if settings().max_examples < 1000 else 100


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


# Longer with every route there is; a busy machine must not end it.
@pytest.mark.timeout(400)
@pytest.mark.parametrize("role", [Role.STATION_PRACTITIONER, Role.ADMIN])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_made_up_requests_get_the_answers_the_document_promises(
    role: Role, mode: GenerationMode, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    day = make_day(database)
    with database.write() as unit:
        token = world.make_token(unit.session, day.members[role], now=unit.now)
    app = build_app(database, tmp_path, clock, trusted_hosts=("testserver",))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=Config.from_dict(CONFIG))
    headers = {"Authorization": f"Bearer {token}"}
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def attempt(case: schemathesis.Case) -> None:
            case.validate_response(case.call(headers=headers), checks=CHECKS)

        attempt()
