"""What is known of a stored file; its content lies with the store, unreadable without the key here."""

from datetime import datetime
from uuid import UUID

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
