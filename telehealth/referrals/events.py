"""What happened to referrals; heard in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralFact:
    """The facts each of these events carries."""

    referral_id: UUID
    patient_id: UUID
    from_facility_id: UUID
    to_facility_id: UUID
    urgency: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralArrived(ReferralFact):
    """A facility has a referral to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralLeft(ReferralFact):
    """A facility has nothing to answer any more: it did, or somebody else has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAnswered(ReferralFact):
    """It was accepted: the station has to tell the patient when to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralStuck(ReferralFact):
    """It was declined, or nobody answered in time: the station has to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralReturned(ReferralFact):
    """The patient comes back with what was found: the station has to read it and act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralSettled(ReferralFact):
    """Nothing is open about it at the station."""
