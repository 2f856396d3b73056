"""What machines of random acts share: a refused act has changed nothing, and steps tell the whole story."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.states import Machine

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=StrEnum)


class Step(Protocol):
    """A row of the record of something that has states."""

    seq: int
    from_state: str | None
    to_state: str
    command: str | None


class Refusals:
    """Runs acts in units of their own and holds the database against what a refused one may have changed."""

    tables: tuple[str, ...]
    database: Database

    @contextmanager
    def refused(self) -> Iterator[Session]:
        """Run an act; one that is refused has changed nothing."""
        before = self.fingerprint()
        try:
            with self.database.write() as unit:
                yield unit.session
        except DomainError:
            assert self.fingerprint() == before

    def fingerprint(self) -> list[list[str]]:
        """Return every row of the tables the acts write to."""
        with self.database.read() as unit:
            connection = unit.session.connection()
            return [
                sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
                for name in self.tables
            ]

    def teardown(self) -> None:
        """Let go of the database."""
        if hasattr(self, "database"):
            self.database.dispose()


def replay(machine: Machine[S, C], commands: type[C], start: S, steps: Sequence[Step]) -> S:
    """Return the state a record leads to; fail where a step is missing or tells another state."""
    assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
    state = start
    for step in steps:
        if step.command is not None:
            assert step.from_state == state
            state = machine.move(state, commands(step.command))
        assert step.to_state == state
    return state
