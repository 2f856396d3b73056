"""What machines of random acts share: a refused act has changed nothing, and steps tell the whole story."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol, TypeVar

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth.audit.steps import Step
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.states import Machine
from tests.support.clock import FixedClock

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=StrEnum)


class Stepped(Protocol):
    """Something that counts the steps of its record."""

    state: str
    steps: int


class Refusals:
    """Runs acts in units of their own and holds the database against what a refused one may have changed."""

    tables: tuple[str, ...]
    database: Database

    @contextmanager
    def refused(self) -> Iterator[Session]:
        """Run an act; one that is refused has changed nothing, though its unit is written.

        As pages do, which say why something was refused and write down in the same unit that they were read.
        """
        before = self.fingerprint()
        is_refused = False
        with self.database.write() as unit:
            try:
                yield unit.session
            except DomainError:
                is_refused = True
        assert not is_refused or self.fingerprint() == before

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


def tell(machine: Machine[S, C], commands: type[C], start: S, row: Stepped, steps: Sequence[Step]) -> None:
    """Fail unless the record of a row, replayed, leads to the row: no step missing, none of another state."""
    assert [step.seq for step in steps] == list(range(1, row.steps + 1))
    state = start
    for step in steps:
        if step.command is not None:
            assert step.from_state == state
            state = machine.move(state, commands(step.command))
        assert step.to_state == state
    assert row.state == state


T = TypeVar("T", bound=Step)


def steps_of(session: Session, table: type[T], owner: object) -> Sequence[T]:
    """Return the record of one row, oldest first; `owner` is the condition that names it."""
    return session.exec(select(table).where(owner).order_by(col(table.seq))).all()  # type: ignore[arg-type]


def run_acts(
    acts: type[RuleBasedStateMachine],
    new_database: Callable[[], Database],
    clock: FixedClock,
    *,
    examples: int = 15,
    steps: int = 25,
    nightly: int = 500,
) -> None:
    """Run a machine on fresh databases: `examples` of `steps` acts, at night `nightly` of 50."""
    machine = type("Machine", (acts,), {"new_database": staticmethod(new_database), "clock": clock})
    is_nightly = settings().max_examples > 100
    short, long = (
        settings(max_examples=examples, stateful_step_count=steps),
        settings(max_examples=nightly, stateful_step_count=50),
    )
    run_state_machine_as_test(machine, settings=long if is_nightly else short)
