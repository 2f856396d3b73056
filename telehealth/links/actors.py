"""The actor behind a patient link."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from telehealth.kit.actors import Actor
from telehealth.links.rules import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkActor(Actor):
    """Whoever holds a phone on which a link is open; `ref` is the link.

    It has no facility, so it sees no patient through the scoped queries: what a link may show is
    found through its subject alone.
    """

    link_id: UUID
    purpose: str
    patient_id: UUID
    subject_id: UUID
    opening_id: UUID
    device_id: UUID
    is_confirmed: bool
    is_locked: bool
    expires_at: datetime
    code_given_at: datetime | None = None
    is_own_phone: bool = False
    relation: str = "self"

    @property
    def standing(self) -> Standing:
        """What was shown so far, for the rules of gates."""
        return Standing(self.is_confirmed, self.code_given_at, self.is_own_phone)

    @property
    def is_for_another(self) -> bool:
        """Whether the link was sent to somebody who helps the patient."""
        return self.relation != "self"
