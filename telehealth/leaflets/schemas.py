"""Shapes of what is sent after a visit."""

from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Input, Output
from telehealth.leaflets.rules import Sent


class LeafletIn(Input):
    """What of a visit is to be sent."""

    purpose: Sent = Field(strict=False)


class LeafletSent(Output):
    """A link was made; its text can be followed."""

    link_id: UUID
    message_id: UUID
    message_state: str = Field(description="skipped: no number takes texts; the link can be printed")
