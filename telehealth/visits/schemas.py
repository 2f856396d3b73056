"""Shapes of visits in the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from telehealth.access.rules import ConsultKind
from telehealth.kit.ids import new_id
from telehealth.kit.schemas import Input, Output
from telehealth.visits.attachments import CAPTION_LIMIT, MAX_ARROWS, SCALE, AttachmentKind, Source
from telehealth.visits.rules import LINE_LIMIT, MAX_DIAGNOSES, SECTION_LIMIT, Certainty, Section
from telehealth.visits.states import VisitState

Ref = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]
Kind = Annotated[ConsultKind, Field(strict=False)]
Part = Annotated[Section, Field(strict=False)]
Text = Annotated[str, StringConstraints(max_length=SECTION_LIMIT)]
Line = Annotated[str, StringConstraints(max_length=LINE_LIMIT)]
Measured = Annotated[Decimal, Field(strict=False, max_digits=8, decimal_places=3)]
"""A number, or better its text: "36.8" is exact."""


class VisitIn(Input):
    """A visit a station opens. Sending the same id again opens nothing twice."""

    id: Ref = Field(default_factory=new_id, description="A fresh UUIDv7")
    patient_id: Ref
    consult_kind: Kind = Field(description="Who answers for the treatment: the doctor, or the station")
    reason: Text
    sections: dict[Part, Text] = Field(default={}, description="history, medicines, allergies")
    observations: dict[str, Measured] = Field(default={}, description="systolic, pulse, temperature …")
    specialty_code: str | None = Field(default=None, max_length=40)
    occurred_at: Instant | None = Field(default=None, description="When the patient came, if offline")


class UploadIn(Input):
    """A file that is about to be sent in chunks. Announcing the same id again goes on with it."""

    id: Ref = Field(description="A fresh UUIDv7")
    media_type: str = Field(max_length=40, description="image/jpeg, image/png, image/webp, application/pdf")
    length: int = Field(ge=1, le=2**31 - 1, description="Bytes of the whole")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="Of the whole, if known")


class AttachmentIn(Input):
    """What a finished upload is to become. Saying it again makes nothing twice."""

    id: Ref = Field(description="A fresh UUIDv7; the same for a small picture and the full one after it")
    upload_id: Ref
    kind: Annotated[AttachmentKind, Field(strict=False)] = AttachmentKind.PHOTO
    caption: Annotated[str, StringConstraints(max_length=CAPTION_LIMIT)] = ""
    is_preview: bool = Field(default=False, description="A small picture sent ahead of the full one")
    occurred_at: Instant | None = Field(default=None, description="When it was taken, if offline")


Tenthousandth = Annotated[int, Field(ge=0, le=SCALE)]
Arrow = Annotated[list[Tenthousandth], Field(min_length=5, max_length=5)]


class DescriptionIn(Input):
    """What is said of an attachment beside its pixels; what is left out stays."""

    kind: Annotated[AttachmentKind, Field(strict=False)] | None = None
    caption: Annotated[str, StringConstraints(max_length=CAPTION_LIMIT)] | None = None
    turn: int | None = Field(default=None, description="Degrees clockwise: 0, 90, 180, 270")
    arrows: list[Arrow] | None = Field(
        default=None, max_length=MAX_ARROWS, description="Page, tail and tip in ten-thousandths"
    )


class TakenBackIn(Input):
    """Why an attachment is taken back; needed once the visit is signed."""

    reason: Annotated[str, StringConstraints(max_length=CAPTION_LIMIT)] = ""


class AttachmentOut(Output):
    """A photo or paper of a visit; its pictures are fetched by size and page."""

    id: UUID
    visit_id: UUID
    kind: AttachmentKind
    caption: str
    source: Source
    is_whole: bool = Field(description="False while only the small picture sent ahead is there")
    pages: int
    sha256: list[str] = Field(description="Of each page, as a signature covers it")
    turn: int
    arrows: list[list[int]]
    added_kind: str
    added_by: UUID
    occurred_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str
    version: int


class SectionIn(Input):
    """The text of one section."""

    text: Text


class ObservationsIn(Input):
    """Values measured at one time, by code."""

    values: dict[str, Measured] = Field(min_length=1)
    occurred_at: Instant | None = None


class DiagnosisIn(Input):
    """A diagnosis: a code, words, or both."""

    code: str | None = Field(default=None, max_length=10, description="ICD-10")
    text: Line = ""
    certainty: Annotated[Certainty, Field(strict=False)] = Certainty.PROVISIONAL


class DiagnosesIn(Input):
    """All diagnoses of a visit, the main one first."""

    diagnoses: list[DiagnosisIn] = Field(max_length=MAX_DIAGNOSES)


class FollowUpIn(Input):
    """When and where the patient comes back; no date takes the plan away."""

    on: Day | None
    slack_days: int = Field(default=0, ge=0, le=14, description="Days before or after would do as well")
    facility_id: Ref | None = Field(default=None, description="The station, unless said")


class SignatureIn(Input):
    """The signer's own PIN or password, asked once more."""

    secret: Annotated[str, Field(min_length=1, max_length=256)]


class AmendmentIn(SignatureIn):
    """A correction under a signed record, signed like it."""

    reason: Line
    text: Text
    parts_version: int | None = Field(
        default=None,
        description="Of the parts that were prepared anew, as read; needed where there are any",
    )
    after: int | None = Field(
        default=None,
        ge=1,
        description="Number of the last record that was read: an amendment since is `stale-version`; "
        "the same one sent again is answered with what is there",
    )


class WithdrawalIn(Input):
    """Why a visit will not take place."""

    reason: Annotated[str, Field(min_length=1, max_length=LINE_LIMIT)]


class SectionOut(Output):
    """A written section; `version` is the If-Match of the next writing."""

    name: Section
    text: str
    written_by: UUID
    written_at: datetime
    version: int


class ObservationOut(Output):
    """A measured value with its LOINC code and UCUM unit."""

    code: str
    loinc: str
    value: Decimal
    unit: str
    measured_by: UUID
    occurred_at: datetime


class DiagnosisOut(Output):
    """A diagnosis as it is stored; `code_list` names the list its code was found in."""

    code: str | None
    code_list: str | None
    text: str
    certainty: Certainty


class DiagnosesOut(Output):
    """The diagnoses; `version` is the If-Match of the next change (0: none yet)."""

    version: int
    diagnoses: list[DiagnosisOut]


class FollowUpOut(Output):
    """When and where the patient comes back; `version` is the If-Match of the next change."""

    version: int
    on: date | None
    slack_days: int
    facility_id: UUID | None


class VisitRow(Output):
    """A visit as lists show it."""

    id: UUID
    patient_id: UUID
    consult_kind: ConsultKind
    state: VisitState
    station_facility_id: UUID
    doctor_membership_id: UUID | None
    appointment_id: UUID | None
    specialty_code: str | None
    occurred_at: datetime
    recorded_at: datetime


class VisitOut(VisitRow):
    """A visit with all that is written so far. Its ETag covers everything: sign with it."""

    sections: list[SectionOut]
    observations: list[ObservationOut]
    diagnoses: DiagnosesOut
    follow_up: FollowUpOut
    missing: list[str] = Field(description="What a signature still needs, in the order of the page")


class RecordOut(Output):
    """A signed record (number 1) or an amendment: `canonical` is the text that `sha256` is over."""

    id: UUID
    number: int
    schema_version: int
    sha256: str
    previous_sha256: str | None
    signed_by: UUID
    signed_at: datetime
    canonical: str
    content: dict[str, Any] = Field(description="The same, read")


class CodeOut(Output):
    """A diagnosis code of a list; names are unreviewed until a clinician approved them."""

    code: str
    name: str
    code_list: str
    source: str
    is_reviewed: bool
