"""The one way an entry changes: state, version, history row, audit row, change rows."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import StaleError
from telehealth.kit.events import publish
from telehealth.waitlist.events import OfferEnded
from telehealth.waitlist.models import WaitlistEntry, WaitlistEvent
from telehealth.waitlist.states import MACHINE, EntryCommand, EntryState

_ACTIONS = {
    EntryCommand.OFFER: "waitlist.coordinate",
    EntryCommand.TAKE_BACK: "waitlist.coordinate",
    EntryCommand.CANCEL: "waitlist.join",
}


def require_version(entry: WaitlistEntry, version: int | None) -> None:
    """Raise `stale-version` if somebody changed the entry since the caller read it."""
    if version is not None and entry.version != version:
        raise StaleError


def change(
    session: Session,
    actor: Actor,
    entry: WaitlistEntry,
    command: EntryCommand,
    *,
    now: datetime,
    appointment_id: UUID | None = None,
) -> None:
    """Carry out a command on an entry the caller has locked; raise `invalid-transition`.

    Whatever ends an offer is told to those who were asked to answer it.
    """
    before = EntryState(entry.state)
    entry.state = MACHINE.move(before, command)
    entry.version += 1
    offered = appointment_id or entry.offer_appointment_id
    if before is EntryState.OFFERED:
        entry.offer_expires_at = None
        if entry.state != EntryState.ACCEPTED:
            entry.offer_appointment_id = None
        publish(session, OfferEnded(entry_id=entry.id), now=now)
    session.add(entry)
    append(session, actor, entry, command, before=before, now=now, appointment_id=offered)


def append(
    session: Session,
    actor: Actor,
    entry: WaitlistEntry,
    command: str,
    *,
    before: EntryState | None,
    now: datetime,
    appointment_id: UUID | None = None,
) -> None:
    """Write the history row of a change, with the audit row and the change rows it must not lack."""
    session.add(
        WaitlistEvent(
            entry_id=entry.id,
            seq=entry.version,
            from_state=before,
            to_state=entry.state,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            appointment_id=appointment_id,
            at=now,
        )
    )
    record(
        session,
        actor,
        _ACTIONS.get(EntryCommand(command), "waitlist.answer") if before else "waitlist.join",
        subject_kind="waitlist_entry",
        subject_id=entry.id,
        patient_id=entry.patient_id,
        facts={"command": command},
        now=now,
    )
    scopes = (entry.station_facility_id, entry.facility_id)
    note_change(session, "waitlist", entry.id, scopes=scopes, now=now)
    session.flush()
