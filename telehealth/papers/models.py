"""Handles of papers that were given out, and digital signatures over signed records."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class PaperHandle(SQLModel, table=True):
    """The random name of one state of one paper, printed on it as a QR code.

    Looked up by its digest; the handle itself is derived from the row with a key outside the database, so
    that it can be printed once more and nobody who reads the database learns it.
    """

    __tablename__ = "paper_handle"
    __table_args__ = (UniqueConstraint("visit_id", "paper", "state"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    digest: str = Field(unique=True, description="SHA-256 of the handle")
    visit_id: UUID = Field(foreign_key="visit.id")
    paper: str = Field(description="visit, minutes, referral")
    state: str = Field(description="Which state of it: the hash of what was signed last")
    facility_name: str
    signed_at: datetime = Field(sa_type=UtcDateTime)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DigitalSignature(SQLModel, table=True):
    """A digital signature beside a signed record; append-only in the database itself."""

    __tablename__ = "digital_signature"

    record_id: UUID = Field(primary_key=True, foreign_key="signed_record.id")
    form: str = Field(description="jws: detached JSON Web Signature, RFC 7515 appendix F")
    value: str = Field(sa_type=Text)
    certificate_sha256: str
    subject: str = Field(description="Whose certificate it is, as it names itself")
    signed_at: datetime = Field(sa_type=UtcDateTime)
