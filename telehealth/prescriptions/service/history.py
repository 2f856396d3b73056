"""Moving a prescription through its states, each step written down."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from telehealth.kit.actors import Actor
from telehealth.prescriptions.models import Prescription, PrescriptionEvent
from telehealth.prescriptions.states import MACHINE, PrescriptionCommand, PrescriptionState


def append_event(
    session: Session,
    actor: Actor,
    row: Prescription,
    command: PrescriptionCommand,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Change the state as the machine allows and write it down; raise `invalid-transition`."""
    before = PrescriptionState(row.state)
    after = MACHINE.move(before, command)
    newest = select(func.max(col(PrescriptionEvent.seq))).where(PrescriptionEvent.prescription_id == row.id)
    # What else changed of the row is written together with its state, or the table's own checks refuse it.
    with session.no_autoflush:
        seq = (session.exec(newest).one() or 0) + 1
    session.add(
        PrescriptionEvent(
            prescription_id=row.id,
            seq=seq,
            from_state=before,
            to_state=after,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
        )
    )
    row.state = after
    row.version += 1
    session.add(row)
    session.flush()
