"""What is said about referrals."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.referrals.rules import TEXT_LIMIT, DeclineReason, Transport, Urgency
from web.forms import Form, LocalDate, Version

Words = Annotated[str, Field(max_length=TEXT_LIMIT)]
Needed = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
Clock = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3])[:hg.][0-5]\d$")]


class ReferralForm(Form):
    """What is written of a referral."""

    words: ClassVar[str] = "referrals"
    to_facility_id: UUID
    urgency: Urgency
    reason: Needed
    condition: Words = ""
    treatment: Words = ""
    transport: Transport = Transport.OWN
    escort: Words = ""
    attachments: tuple[UUID, ...] = ()
    version: Version
    keep: Annotated[str, Field(pattern="^(mine|theirs)$")] | None = None
    theirs: Version | None = None


class AcceptForm(Form):
    """When to come, whom to ask for."""

    words: ClassVar[str] = "referrals"
    come_on: LocalDate | None = None
    clock: Clock | None = None
    ask_for: Words = ""
    note: Words = ""
    version: Version


class DeclineForm(Form):
    """Why not."""

    words: ClassVar[str] = "referrals"
    reason: DeclineReason
    text: Words = ""
    version: Version


class RedirectForm(Form):
    """Where to instead."""

    words: ClassVar[str] = "referrals"
    to_facility_id: UUID
    text: Words = ""
    version: Version


class ReturnForm(Form):
    """What goes back with the patient."""

    words: ClassVar[str] = "referrals"
    found: Needed
    treated: Words = ""
    to_do: Words = ""
    version: Version


class MessageForm(Form):
    """A word to the other side."""

    words: ClassVar[str] = "referrals"
    text: Needed
