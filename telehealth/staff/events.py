"""What happened to people's right to work; sockets and live pages close on these."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StaffDisabled:
    """A person may not work anywhere any more; every sign-in of theirs has ended."""

    staff_id: UUID
    membership_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MembershipClosed:
    """A person has stopped working in a role at a facility; sign-ins for it have ended."""

    staff_id: UUID
    membership_id: UUID


@dataclass(frozen=True, slots=True)
class SignInsEnded:
    """Sign-ins of a person were ended by someone, not by their own signing out."""

    staff_id: UUID
    sign_in_ids: tuple[UUID, ...]
