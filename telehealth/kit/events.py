"""Events inside the transaction, and what runs after it.

A published event reaches its subscribers in the same unit of work; where a slice must ask those above it,
it declares a port, and they extend it. Both are named in `telehealth/wiring.py`.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session

E = TypeVar("E")

Subscriber = Callable[[Session, Any, datetime], None]


class Bus:
    """Which subscriber hears which event."""

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Subscriber]] = defaultdict(list)
        self._extensions: dict[type, list[Any]] = defaultdict(list)
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, event_type: type, subscriber: Subscriber) -> None:
        """Let `subscriber(session, event, now)` run whenever the event is published."""
        self._subscribers[event_type].append(subscriber)

    def subscribers(self, event_type: type) -> list[Subscriber]:
        """List the subscribers of an event type in the order they were named."""
        return self._subscribers.get(event_type, [])

    def extend(self, port: type, extension: object) -> None:
        """Let a slice above answer through a port that a slice below declares."""
        self._extensions[port].append(extension)

    def extensions(self, port: type[E]) -> list[E]:
        """List what answers through a port, in the order it was named."""
        return self._extensions.get(port, [])

    def on_wake(self, listener: Callable[[], None]) -> None:
        """Let `listener()` run after each commit that wrote change rows; it may be any thread."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """Say "look": readers of change rows read on. Losing a wake-up loses nothing."""
        for listener in list(self._listeners):
            listener()


def publish(session: Session, event: object, *, now: datetime) -> None:
    """Run the event's subscribers in this unit of work; a failing subscriber fails the act."""
    bus: Bus = session.info["bus"]
    for subscriber in bus.subscribers(type(event)):
        subscriber(session, event, now)


def extensions(session: Session, port: type[E]) -> list[E]:
    """Return what the slices above answer through a port with, within this unit of work."""
    bus: Bus = session.info["bus"]
    return bus.extensions(port)


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Run an action once the unit has committed: wake-ups, never anything that must not be lost."""
    session.info["after_commit"].append(action)


def run_after_commit(session: Session) -> None:
    """Run and forget what was asked for; called by the edge that committed."""
    actions = session.info["after_commit"]
    session.info["after_commit"] = []
    for action in actions:
        action()
