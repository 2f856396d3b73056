"""The ticker: APScheduler says when to look; due work lives in rows.

Memory job store only, `coalesce` and one instance at a time: two schedulers must never share a 3.x
store, and its default `misfire_grace_time` of one second drops late work
(https://apscheduler.readthedocs.io/en/3.x/userguide.html).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from telehealth.kit.db import Database
from telehealth.kit.logs import logger

Work = Callable[[Database], int]


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
