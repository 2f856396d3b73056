"""A PostgreSQL cluster of our own: a free loopback port, a throwaway directory, no fsync."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support import processes
from tests.support.ports import free_port
from tests.support.provision import find_postgresql
from tests.support.shared import own, share

# No autovacuum: its transactions are open at times no test chose; nothing here lives long enough to need it.
SPEED = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
)

_HAS_STRATEGIES = 150_000
"""From this version on templates are copied block by block through the log: four times the processor time."""


class Cluster:
    """The running cluster of one worker of this test run.

    Transactions are numbered for a whole cluster, and what a reader of changes may see ends before the oldest
    open one (`telehealth.kit.changes`): with a cluster of its own no worker waits for another's tests.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    @classmethod
    def shared(cls) -> "Cluster":
        """Return this worker's cluster, starting it if it is not yet."""
        return cls(share(own("postgresql"), start_cluster)["port"])

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, template: str = "template0") -> str:
        """Create a database as a copy of another and return its URL."""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(create.format(sql.Identifier(name), sql.Identifier(template)), copying=True)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, closing what is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed, *, copying: bool = False) -> None:
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            if copying and connection.info.server_version >= _HAS_STRATEGIES:
                statement += sql.SQL(" STRATEGY FILE_COPY")
            connection.execute(statement)


def start_cluster(folder: Path, *, options: Sequence[str] = SPEED) -> dict[str, Any]:
    """Start a cluster in an empty folder; return its port, its pid and the signal to stop it with."""
    binaries = find_postgresql()
    if binaries is None:
        raise processes.StartError(
            "PostgreSQL is not installed: python tests/support/provision.py postgresql"
        )
    account = _account()
    if account:
        shutil.chown(folder, account)
    data, log = folder / "data", folder / "postgresql.log"
    become = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"] if account else []
    initdb = [*become, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"]
    initdb += ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run([str(part) for part in initdb], check=True, capture_output=True, cwd=folder)
    port = free_port()
    chosen = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *options]
    server: list[str | Path] = [*become, binaries / "postgres", "-D", data]
    server += [word for option in chosen for word in ("-c", option)]
    child = processes.start(server, log=log, cwd=folder)
    processes.wait_for_start(child, lambda: _accepts(port), log=log)
    return {"pid": child.pid, "stop_with": "SIGQUIT", "port": port}


def _account() -> str | None:
    """The account PostgreSQL is to run as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _accepts(port: int) -> bool:
    try:
        psycopg.connect(
            f"host=127.0.0.1 port={port} user=postgres dbname=postgres", connect_timeout=2
        ).close()
    except psycopg.OperationalError:
        return False
    return True
