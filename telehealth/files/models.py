"""What is known of files and uploads; contents lie with the store, unreadable without the keys here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class StoredFile(SQLModel, table=True):
    """A file of a patient. Deleting it destroys the key: copies in backups become unreadable too."""

    __tablename__ = "stored_file"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(index=True)
    media_type: str
    size: int
    sha256: str = Field(description="Of the content before encryption")
    key_sealed: bytes | None = None
    recorded_by: UUID
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FileUpload(SQLModel, table=True):
    """A file on its way: as much of it as was acknowledged is kept, whatever happens to link and server."""

    __tablename__ = "file_upload"
    __table_args__ = (Index("ix_file_upload_actor", "actor_kind", "actor_ref"),)

    id: UUID = Field(primary_key=True, description="Minted by the sender, so that announcing twice is once")
    patient_id: UUID = Field(index=True)
    subject_id: UUID = Field(index=True, description="What it will belong to; a visit")
    actor_kind: str
    actor_ref: UUID
    media_type: str = Field(description="As announced; what it is, its bytes tell")
    length: int
    received: int = 0
    sha256: str | None = Field(default=None, description="Of the whole, where the sender told it")
    key_sealed: bytes
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class FileUploadPart(SQLModel, table=True):
    """One acknowledged chunk; `stored_id` names its encrypted bytes in the store."""

    __tablename__ = "file_upload_part"

    upload_id: UUID = Field(foreign_key="file_upload.id", primary_key=True)
    start: int = Field(primary_key=True)
    size: int
    stored_id: UUID
