"""Shapes of patient links in the API; tokens are never given out."""

from datetime import datetime
from uuid import UUID

from telehealth.kit.schemas import Output
from telehealth.links.states import LinkState


class OpeningOut(Output):
    """A phone that opened a link."""

    id: UUID
    opened_at: datetime
    last_opened_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


class LinkOut(Output):
    """A patient link and the phones that hold it, the newest first."""

    id: UUID
    purpose: str
    patient_id: UUID
    subject_id: UUID
    state: LinkState
    created_at: datetime
    expires_at: datetime
    openings: list[OpeningOut]
