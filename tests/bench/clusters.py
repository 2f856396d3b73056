"""PostgreSQL as it runs where nothing may be lost, on the server's core."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import SERVER_CORE
from tests.bench.programs import on_core
from tests.support import processes
from tests.support.postgres import Cluster, start_cluster


@contextmanager
def postgresql(folder: Path) -> Iterator[Cluster]:
    """Run a cluster that forgets nothing, on the server's core: the work of both sides is counted there."""
    home = folder / "postgresql"
    home.mkdir()
    with on_core(SERVER_CORE):
        facts = start_cluster(home, options=("max_connections=200", "maintenance_work_mem=256MB"))
    try:
        yield Cluster(facts["port"])
    finally:
        processes.stop(facts["pid"], how=signal.Signals[facts["stop_with"]])


def deadlocks(folder: Path) -> int:
    """Count what the cluster's log says of units that waited for each other."""
    log = (folder / "postgresql" / "postgresql.log").read_text("utf-8", "replace")
    return log.count("deadlock detected")
