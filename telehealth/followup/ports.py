"""What a link, a text or a task may be about that lives in a slice above."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.rules import Subject
from telehealth.kit.events import extensions
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.models import Patient

if TYPE_CHECKING:
    from telehealth.followup.queries import LinkSubject


class SubjectAbove(Protocol):
    """One kind of thing that links lead to, as the slice that keeps it tells of it."""

    @property
    def kind(self) -> Subject:
        """Which kind it is."""
        ...

    def find(
        self, session: Session, subject_id: UUID, patient: Patient, now: datetime
    ) -> "LinkSubject | None":
        """Find what a link leads to."""
        ...

    def station_of(self, session: Session, subject_id: UUID) -> UUID:
        """Return the station whose it is."""
        ...

    def due_of(self, session: Session, subject_id: UUID) -> datetime:
        """Return the instant after which it is too late."""
        ...

    def is_live(self, session: Session, subject_id: UUID) -> bool:
        """Tell whether a link to it may be sent anew."""
        ...

    def tell(
        self,
        session: Session,
        subject_id: UUID,
        link: PatientLink,
        *,
        now: datetime,
        asked_id: UUID | None = None,
    ) -> OutboxMessage:
        """Queue the text that holds a link to it; `asked_id` as in the other texts."""
        ...


def find_above(session: Session, kind: str) -> SubjectAbove | None:
    """Find who keeps things of a kind; None for those kept here."""
    return next((each for each in extensions(session, SubjectAbove) if each.kind == kind), None)  # type: ignore[type-abstract]


def get_above(session: Session, kind: str) -> SubjectAbove:
    """Return who keeps things of a kind; raise LookupError where nobody was wired."""
    found = find_above(session, kind)
    if found is None:
        raise LookupError(kind)
    return found
