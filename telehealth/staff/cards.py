"""What the queries tell about people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from telehealth.facilities.models import Facility
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership, Staff
from telehealth.staff.rules import Role


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """A sign-in that has not ended, with whom it stands for; the edge judges idleness."""

    id: UUID
    actor: MembershipActor
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A colleague as others see them."""

    membership_id: UUID
    name: str
    title: str
    role: Role
    facility_id: UUID
    facility_name: str


def member_card(membership: Membership, staff: Staff, facility: Facility) -> MemberCard:
    """Return the card of a member."""
    return MemberCard(
        membership.id,
        staff.full_name,
        membership.title,
        Role(membership.role),
        facility.id,
        facility.short_name,
    )


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A colleague as those see them who manage the staff of the facility."""

    membership: Membership
    staff: Staff
    facility_name: str
    specialty_codes: tuple[str, ...]
    language_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who signed in on a device; `has_pin` while a PIN is enough."""

    membership_id: UUID
    username: str
    name: str
    title: str
    has_pin: bool


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An invented person anybody may sign in as."""

    username: str
    name: str
    role: Role
    facility_name: str
    tier_code: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """A remote doctor as the slot search sees them."""

    membership_id: UUID
    name: str
    title: str
    specialty_codes: tuple[str, ...]
    facility_id: UUID
    facility_name: str
    tier_code: str
