"""Moving a visit through its states, with a row for each move."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from telehealth.kit.actors import Actor
from telehealth.visits.models import Visit, VisitEvent
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


def append_event(
    session: Session, actor: Actor, visit: Visit, command: VisitCommand, *, now: datetime, reason: str | None = None
) -> None:
    """Change the state as the machine allows and write it down; raise `invalid-transition`."""
    before = VisitState(visit.state)
    after = MACHINE.move(before, command)
    newest = session.exec(select(func.max(col(VisitEvent.seq))).where(VisitEvent.visit_id == visit.id)).one()
    session.add(
        VisitEvent(
            visit_id=visit.id,
            seq=(newest or 0) + 1,
            from_state=before,
            to_state=after,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
        )
    )
    visit.state = after
    visit.version += 1
    session.add(visit)
    session.flush()
