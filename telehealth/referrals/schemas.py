"""Shapes of the JSON API of referrals."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.kit.schemas import Input, Output
from telehealth.referrals.rules import TEXT_LIMIT, DeclineReason, NoteKind, StepKind, Transport, Urgency
from telehealth.referrals.states import ReferralState

Ref = Annotated[UUID, Field(strict=False)]
Words = Annotated[str, Field(max_length=TEXT_LIMIT)]
Needed = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class ReferralIn(Input):
    """The referral of an open visit; it is sent by the signature."""

    to_facility_id: Ref
    urgency: Annotated[Urgency, Field(strict=False)]
    reason: Needed
    condition: Words = ""
    treatment: Words = ""
    transport: Annotated[Transport, Field(strict=False)] = Transport.OWN
    escort: Words = ""
    attachments: Annotated[list[Ref], Field(default_factory=list, max_length=50)]


class AcceptIn(Input):
    """When the patient is to come and whom to ask for."""

    come_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    ask_for: Words = ""
    note: Words = ""


class DeclineIn(Input):
    """Why the patient cannot be taken."""

    reason: Annotated[DeclineReason, Field(strict=False)]
    text: Words = ""


class RedirectIn(Input):
    """Where it goes instead."""

    to_facility_id: Ref
    text: Words = ""


class ReturnIn(Input):
    """The back-referral: what was found, what was done, what the station has to do."""

    found: Needed
    treated: Words = ""
    to_do: Words = ""


class MessageIn(Input):
    """A word to the other side."""

    text: Needed


class ReferralOut(Output):
    """A referral as both sides see it."""

    id: UUID
    state: ReferralState
    version: int
    visit_id: UUID
    patient_id: UUID
    from_facility_id: UUID
    to_facility_id: UUID
    urgency: Urgency
    reason: str
    condition: str
    treatment: str
    transport: Transport
    escort: str
    attachments: list[UUID]
    written_by: UUID
    sent_at: datetime | None
    answer_by: datetime | None
    come_at: datetime | None
    ask_for: str
    decline_reason: DeclineReason | None
    found: str
    treated: str
    to_do: str
    returned_at: datetime | None


class ReferralNoteOut(Output):
    """Words of the thread."""

    seq: int
    kind: NoteKind
    text: str
    written_by: UUID
    written_at: datetime


class ReferralStepOut(Output):
    """A line of the record."""

    seq: int
    kind: StepKind
    from_state: ReferralState | None
    to_state: ReferralState
    facility_id: UUID | None
    reason: str | None
    at: datetime


class ReferralDetail(ReferralOut):
    """A referral with its thread and steps."""

    thread: list[ReferralNoteOut]
    steps: list[ReferralStepOut]
