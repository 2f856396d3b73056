"""State machines as literal tables."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from telehealth.kit.errors import ConflictError

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=StrEnum)


class Machine(Generic[S, C]):
    """A table `{(state, command): next state}`; whatever is not in it is refused."""

    def __init__(self, name: str, table: Mapping[tuple[S, C], S]) -> None:
        self.name = name
        self.table = MappingProxyType(dict(table))

    def move(self, state: S, command: C) -> S:
        """Return the state a command leads to; raise `invalid-transition` (conflict) if none."""
        try:
            return self.table[(state, command)]
        except KeyError:
            raise ConflictError(
                "invalid-transition", machine=self.name, state=str(state), command=str(command)
            ) from None

    def allows(self, state: S, command: C) -> bool:
        """Tell whether the command is listed for the state."""
        return (state, command) in self.table

    def commands(self, state: S) -> list[C]:
        """List the commands a page may offer in this state."""
        return [command for (source, command) in self.table if source == state]
