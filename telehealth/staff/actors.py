"""Actors that work in health care: a membership, or a program acting for a facility."""

from dataclasses import dataclass
from uuid import UUID

from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.staff.rules import Qualification, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipActor(Actor):
    """A signed-in person in one role at one facility."""

    staff_id: UUID
    role: Role
    qualification: Qualification
    licence_number: str | None
    full_name: str
    title: str
    facility_name: str = ""
    sign_in_id: UUID | None = None

    @property
    def here(self) -> UUID:
        """The facility acted for; a membership always has one."""
        if self.facility_id is None:
            raise ValueError("a membership without a facility")
        return self.facility_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationActor(Actor):
    """Another program, limited to one facility and to the listed actions."""

    name: str
    actions: frozenset[str]


def as_person(actor: Actor) -> MembershipActor:
    """Return the person who acts, where a record must name one; raise `not-allowed` for a program."""
    if not isinstance(actor, MembershipActor):
        raise ForbiddenError
    return actor
