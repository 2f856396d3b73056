"""The ticker: APScheduler says when to look; due work lives in rows.

Memory job store only, `coalesce` and one instance at a time: two schedulers must never share a 3.x
store, and its default `misfire_grace_time` of one second drops late work
(https://apscheduler.readthedocs.io/en/3.x/userguide.html).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from telehealth.kit.db import Database, Unit
from telehealth.kit.logs import logger
from telehealth.kit.retries import is_of_database, run_write

Work = Callable[[Database], int]


class Row(Protocol):
    """Anything with an id to be named by in a log."""

    id: UUID


R = TypeVar("R", bound=Row)


class Tick(Protocol):
    """What the clock of one row does when it goes off; returns whether it did anything."""

    def __call__(self, session: Session, row_id: UUID, /, *, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Job:
    """Timed work: `work(database)` claims due rows and returns how many it handled."""

    name: str
    every: timedelta
    work: Work


class Ticker:
    """Runs each job at its interval in a thread; every tick is safe on any number of nodes."""

    def __init__(self, database: Database, jobs: list[Job]) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        for job in jobs:
            self._scheduler.add_job(
                run_job,
                "interval",
                args=[database, job],
                seconds=job.every.total_seconds(),
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

    def start(self) -> None:
        """Begin ticking."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking and wait for running jobs."""
        self._scheduler.shutdown(wait=True)


def run_job(database: Database, job: Job) -> None:
    """Do a job once; one that fails is logged by the kind of its error only, for it comes again."""
    try:
        count = job.work(database)
    except Exception as error:
        logger().error("job failed", job=job.name, error=type(error).__name__)
    else:
        if count:
            logger().info("job done", job=job.name, count=count)


def tick_each(database: Database, due: Iterable[UUID], tick: Tick) -> int:
    """Let the clock of each row go off in a writing unit of its own; return of how many it did something.

    A row that fails is logged by the kind of its error and holds up no other: its clock comes again. A
    database that is away is no row's fault: OperationalError ends the round.
    """
    done = 0
    for row_id in due:

        def work(unit: Unit, row_id: UUID = row_id) -> int:
            return tick(unit.session, row_id, now=unit.now)

        try:
            done += run_write(database, work)
        except OperationalError:
            raise
        except Exception as error:
            logger().error("row failed", key=str(row_id), error=type(error).__name__)
    return done


def do_each(session: Session, rows: Iterable[R], act: Callable[[R], object]) -> int:
    """Do something to each of the rows locked in one unit, each in a savepoint; return to how many.

    One that fails is left as it was and logged by the kind of its error; it holds up no other. What is the
    database's fault ends the unit.
    """
    done = 0
    for row in rows:
        key = str(row.id)
        try:
            with session.begin_nested():
                act(row)
        except Exception as error:
            if is_of_database(error):
                raise
            logger().error("row failed", key=key, error=type(error).__name__)
        else:
            done += 1
    return done
