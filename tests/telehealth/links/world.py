"""A patient with a link, for the tests of links."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.links import queries, service
from telehealth.links.actors import LinkActor
from telehealth.links.events import LinkLocked
from telehealth.links.models import PatientLink
from telehealth.links.service import Opened
from telehealth.staff.actors import MembershipActor
from tests.support.world import make_member, make_patient


class World:
    """A patient born in 1985 and a link to join."""

    def __init__(self, unit: Unit, bus: Bus) -> None:
        self.session: Session = unit.session
        self.now = unit.now
        self.nurse: MembershipActor = make_member(unit.session)
        self.patient = make_patient(unit.session, self.nurse)
        self.locked: list[LinkLocked] = []
        bus.subscribe(LinkLocked, lambda _s, event, _n: self.locked.append(event))
        self.opened: list[Opened] = []
        self.link = self.issue()

    def issue(
        self, subject_id: UUID | None = None, *, purpose: str = "join", patient_id: UUID | None = None
    ) -> PatientLink:
        """Issue a link that lives a day."""
        return service.issue_link(
            self.session,
            purpose=purpose,
            patient_id=patient_id or self.patient.id,
            subject_id=subject_id or new_id(),
            expires_at=self.now + timedelta(hours=24),
            now=self.now,
        )

    def token(self, link: PatientLink | None = None, number: int = 1) -> str:
        """Derive the token of a sending."""
        return service.token_for_delivery(self.session, (link or self.link).id, number, now=self.now)

    def open(self, token: str, device: str | None = None, *, minutes: int = 0) -> Opened:
        """Tap a token on a phone, a fresh one unless its cookie is given."""
        opened = service.open_link(self.session, token, device, now=self.now + timedelta(minutes=minutes))
        self.opened.append(opened)
        return opened

    def actor(self, opened: Opened) -> LinkActor | None:
        """Find who acts there now."""
        return queries.find_actor(self.session, opened.opening_id, opened.device_token, now=self.now)

    def phone(self, token: str | None = None) -> LinkActor:
        """Open a token on a fresh phone."""
        actor = self.actor(self.open(token or self.token()))
        assert actor is not None
        return actor
