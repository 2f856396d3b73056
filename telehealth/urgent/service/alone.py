"""One request of a patient rings at a time, whichever station pressed; the database keeps it so."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from telehealth.access.queries import lock_person
from telehealth.urgent import queries
from telehealth.urgent.errors import AlreadyOpenError, OpenElsewhereError


def require_alone(session: Session, patient_id: UUID, station_id: UUID) -> None:
    """Refuse while a request of the patient rings or a doctor has it.

    Raises `urgent-already-open`, which names it, for one of this station, `urgent-open-elsewhere` for
    another's. What nobody answered refuses nothing: it waits for words, not for a doctor.
    """
    live = queries.find_live_of(session, patient_id)
    if live is None:
        return
    if live.station_facility_id != station_id:
        raise OpenElsewhereError
    raise AlreadyOpenError(live.id)


@contextmanager
def alone(session: Session, patient_id: UUID, station_id: UUID) -> Iterator[None]:
    """Let a request begin to ring within, all or nothing, once `require_alone` let it; raise as that does.

    The database's index knows records, not people: of a person with several one at a time comes here.
    """
    if lock_person(session, patient_id):
        require_alone(session, patient_id, station_id)
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        # What was not there a moment ago is now: somebody else was faster.
        require_alone(session, patient_id, station_id)
        raise
