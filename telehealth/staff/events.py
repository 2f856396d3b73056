"""What happened to people's right to work; sockets and live pages look at once, and close."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MembershipBegun:
    """A person was given a role at a facility, from today or a later day on."""

    membership_id: UUID
    facility_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class StaffDisabled:
    """A person may not work anywhere any more; every sign-in of theirs has ended."""

    staff_id: UUID
    membership_ids: tuple[UUID, ...]

    @property
    def ended_ids(self) -> tuple[UUID, ...]:
        """The memberships and sign-ins that count no more."""
        return self.membership_ids


@dataclass(frozen=True, slots=True)
class StaffEnabled:
    """A person who was shut out may work again."""

    staff_id: UUID
    membership_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MembershipEndSet:
    """It was said from which day on, today or ahead, a person does not work in a role any more."""

    staff_id: UUID
    membership_id: UUID

    @property
    def membership_ids(self) -> tuple[UUID, ...]:
        """The memberships whose days have changed."""
        return (self.membership_id,)


@dataclass(frozen=True, slots=True)
class MembershipClosed:
    """A person has stopped working in a role at a facility; sign-ins for it have ended."""

    staff_id: UUID
    membership_id: UUID

    @property
    def ended_ids(self) -> tuple[UUID, ...]:
        """The memberships and sign-ins that count no more."""
        return (self.membership_id,)


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A person's password and PIN were taken away: whatever else opens by itself must not stay open."""

    staff_id: UUID
    membership_ids: tuple[UUID, ...]

    @property
    def ended_ids(self) -> tuple[UUID, ...]:
        """The memberships whose secret addresses count no more."""
        return self.membership_ids


@dataclass(frozen=True, slots=True)
class SignInsEnded:
    """Sign-ins of a person were ended by someone, not by their own signing out."""

    staff_id: UUID
    sign_in_ids: tuple[UUID, ...]

    @property
    def ended_ids(self) -> tuple[UUID, ...]:
        """The memberships and sign-ins that count no more."""
        return self.sign_in_ids
