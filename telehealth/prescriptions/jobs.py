"""Timed work: ask for national codes. The other side is called between units of work, never inside one."""

from typing import Final

from telehealth.kit.db import Database
from telehealth.kit.logs import logger
from telehealth.kit.retries import run_write
from telehealth.prescriptions import service
from telehealth.prescriptions.ports import CodeIssuer, Outcome

BATCH: Final = 4


def ask_for_codes(database: Database, issuer: CodeIssuer) -> int:
    """Ask for every code that is due; return how many attempts were made.

    Looks before it leases: on SQLite each lease takes the only writer.
    """
    asked = 0
    while True:
        with database.read() as unit:
            if not service.has_due(unit.session, now=unit.now):
                return asked
        errands = run_write(database, lambda unit: service.lease_due(unit.session, now=unit.now, limit=BATCH))
        if not errands:
            return asked
        for errand in errands:
            answer = issuer.ask(errand)
            if answer.outcome is not Outcome.GIVEN:
                logger().warning("prescription code not given", problem=answer.problem)
            run_write(
                database,
                lambda unit, e=errand, a=answer: service.settle(unit.session, e, a, now=unit.now),  # type: ignore[misc]
            )
            asked += 1
