"""Moving a link between its states, with the row that says so."""

from datetime import datetime

from sqlmodel import Session

from telehealth.kit.actors import Actor
from telehealth.links.models import PatientLink, PatientLinkHistory
from telehealth.links.states import MACHINE, LinkCommand, LinkState


def move(
    session: Session, link: PatientLink, command: LinkCommand, actor: Actor, reason: str, now: datetime
) -> None:
    """Change the state as the machine allows, and remember it."""
    before = LinkState(link.state)
    link.state = MACHINE.move(before, command)
    session.add(link)
    session.add(
        PatientLinkHistory(
            link_id=link.id,
            from_state=before,
            to_state=link.state,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            recorded_at=now,
        )
    )
    session.flush()
