"""Parts of the record that slices above keep: what is prescribed, ordered, referred, said in a conference.

The visit signs them with everything else and knows nothing more of them; `telehealth/wiring.py` names them.
"""

from datetime import date
from typing import Protocol, runtime_checkable

from sqlmodel import Session

from telehealth.kit.events import extensions
from telehealth.visits.models import Visit


class RecordPart(Protocol):
    """One part of the record. All of it is asked within the unit of the act, for a visit fetched in scope."""

    @property
    def name(self) -> str:
        """Its key in the signed record; stable for ever."""
        ...

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:
        """Return what is signed of it, as JSON without floats; None where there is nothing of it."""
        ...

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return what it lacks before the visit can be signed: words of `visits.parts` in the catalogue."""
        ...

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change of it; 0 where nothing was written."""
        ...


@runtime_checkable
class StandIn(Protocol):
    """A part that says what a written section would say, so that nobody writes it twice."""

    def stands_for(self, session: Session, visit: Visit) -> frozenset[str]:
        """Return the sections the signature needs and this part holds already."""
        ...


class AmendablePart(Protocol):
    """A part that an amendment can bring anew: it then takes the place of the one signed before."""

    @property
    def name(self) -> str:
        """Its key in the signed documents; that of its `RecordPart`."""
        ...

    def compose_amended(self, session: Session, visit: Visit, *, today: date) -> object | None:
        """Return what the amendment signs of it, as JSON without floats; None where it changes nothing."""
        ...

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return what it lacks before it can be signed: words of `visits.parts` in the catalogue."""
        ...

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change of it."""
        ...


def record_parts(session: Session) -> list[RecordPart]:
    """List the parts in the order the record shows them."""
    return extensions(session, RecordPart)  # type: ignore[type-abstract]


def compose_parts(session: Session, visit: Visit, *, today: date) -> dict[str, object]:
    """Return what is signed of all parts, by name, without those that have nothing."""
    composed = {part.name: part.compose(session, visit, today=today) for part in record_parts(session)}
    return {name: content for name, content in composed.items() if content is not None}


def missing_of_parts(session: Session, visit: Visit) -> tuple[str, ...]:
    """Return what the parts lack before the visit can be signed."""
    return tuple(word for part in record_parts(session) for word in part.missing(session, visit))


def versions_of_parts(session: Session, visit: Visit) -> dict[str, int]:
    """Return the version of each part by its name."""
    return {part.name: part.version(session, visit) for part in record_parts(session)}


def stood_for(session: Session, visit: Visit) -> frozenset[str]:
    """Return the sections that parts hold, so that the signature does not wait for them."""
    standing = [part for part in record_parts(session) if isinstance(part, StandIn)]
    return frozenset(name for part in standing for name in part.stands_for(session, visit))


def compose_amended_parts(session: Session, visit: Visit, *, today: date) -> dict[str, object]:
    """Return what an amendment signs of the parts it brings anew, by name."""
    composed = {
        part.name: part.compose_amended(session, visit, today=today) for part in _amendable_parts(session)
    }
    return {name: content for name, content in composed.items() if content is not None}


def has_amended_parts(session: Session, visit: Visit) -> bool:
    """Tell whether an amendment now would bring any part anew."""
    today = visit.occurred_at.date()
    return any(part.compose_amended(session, visit, today=today) for part in _amendable_parts(session))


def missing_of_amended(session: Session, visit: Visit) -> tuple[str, ...]:
    """Return what parts lack that an amendment would bring anew."""
    return tuple(word for part in _amendable_parts(session) for word in part.missing(session, visit))


def amended_version(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of what an amendment can bring anew."""
    return sum(part.version(session, visit) for part in _amendable_parts(session))


def _amendable_parts(session: Session) -> list[AmendablePart]:
    return extensions(session, AmendablePart)  # type: ignore[type-abstract]
