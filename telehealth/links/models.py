"""Patient links, their tokens (hashes only), the phones that opened them, codes, and what was tried."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class PatientLink(SQLModel, table=True):
    """One purpose, one patient, one subject, one end."""

    __tablename__ = "patient_link"
    __table_args__ = (Index("ix_patient_link_subject", "subject_id", "purpose"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    purpose: str
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    facility_id: UUID | None = Field(
        default=None, foreign_key="facility.id", description="In whose name it is sent"
    )
    subject_id: UUID = Field(description="The appointment or plan it leads to")
    state: str
    wrong_years: int = 0
    expires_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class PatientLinkHistory(SQLModel, table=True):
    """One change of a link's state."""

    __tablename__ = "patient_link_history"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id", index=True)
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class LinkToken(SQLModel, table=True):
    """The token of one sending of a link: derived when sent, kept as its hash."""

    __tablename__ = "link_token"
    __table_args__ = (UniqueConstraint("link_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id")
    number: int
    token_hash: str = Field(unique=True)
    number_index: str | None = Field(default=None, description="Blind index of the phone; None on paper")
    relation: str = Field(default="self", description="Whose phone it was sent to")
    until_on: date | None = Field(default=None, description="Last day its holder acts for the patient")
    created_at: datetime = Field(sa_type=UtcDateTime)


class LinkDevice(SQLModel, table=True):
    """A phone that has opened a link. It may hold links of several people: phones are shared."""

    __tablename__ = "link_device"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LinkOpening(SQLModel, table=True):
    """A link as opened on one phone; its id stands in the address instead of the token."""

    __tablename__ = "link_opening"
    __table_args__ = (UniqueConstraint("link_id", "device_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id")
    device_id: UUID = Field(foreign_key="link_device.id", index=True)
    number_index: str | None = Field(default=None, description="Blind index of the phone it was sent to")
    relation: str = "self"
    until_on: date | None = None
    opened_at: datetime = Field(sa_type=UtcDateTime)
    last_opened_at: datetime = Field(
        sa_type=UtcDateTime, description="By its address, or answered where it was open"
    )
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code_given_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OwnPhone(SQLModel, table=True):
    """A patient said, after a code, that a phone is theirs: it is not asked for a code each time."""

    __tablename__ = "own_phone"
    __table_args__ = (
        Index(
            "uq_own_phone_live",
            "device_id",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    device_id: UUID = Field(foreign_key="link_device.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    said_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkCode(SQLModel, table=True):
    """A code that was sent: derived from its id when it is sent and when it is compared, never kept."""

    __tablename__ = "link_code"
    __table_args__ = (
        Index("ix_link_code_number", "number_index", "patient_id", "sent_at"),
        Index("ix_link_code_facility", "facility_id", "sent_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    opening_id: UUID = Field(foreign_key="link_opening.id", index=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    facility_id: UUID = Field(foreign_key="facility.id")
    number_index: str = Field(description="Blind index of the phone it goes to")
    tries: int = 0
    sent_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Used, used up, or followed by another"
    )


class WrongYear(SQLModel, table=True):
    """A wrong birth year, counted by the number its link was sent to and by facility."""

    __tablename__ = "wrong_year"
    __table_args__ = (
        Index("ix_wrong_year_number", "number_index", "tried_at"),
        Index("ix_wrong_year_facility", "facility_id", "tried_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id", index=True)
    number_index: str | None = None
    facility_id: UUID = Field(foreign_key="facility.id")
    tried_at: datetime = Field(sa_type=UtcDateTime)


class LostLink(SQLModel, table=True):
    """Somebody typed a number to get their link again. Looked at by a job: the page tells nothing by time."""

    __tablename__ = "lost_link"
    __table_args__ = (
        Index("ix_lost_link_waiting", "looked_at", "asked_at"),
        Index("ix_lost_link_number", "number_index", "asked_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number_index: str = Field(description="Blind index of the number as typed")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""
    sent: int = 0
    facility_id: UUID | None = Field(default=None, index=True, description="Whose links were sent")


class LinkRefusal(SQLModel, table=True):
    """How often something was refused on a day: rows do not grow with who tries."""

    __tablename__ = "link_refusal"

    refused_on: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    facility_id: UUID = Field(primary_key=True, description="The nil id where no facility is known")
    count: int = 0
