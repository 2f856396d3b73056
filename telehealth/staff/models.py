"""Staff, memberships, sign-ins, devices, tokens."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Specialty(SQLModel, table=True):
    """A medical specialty a doctor can be found by."""

    __tablename__ = "specialty"

    code: str = Field(primary_key=True)
    name: str
    rank: int = 0


class Staff(SQLModel, table=True):
    """A person who works somewhere; rights come from memberships."""

    __tablename__ = "staff"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    full_name: str
    sort_key: str
    username: str = Field(unique=True, description="Lower case; a phone number in E.164 or a word")
    password_hash: str | None = None
    pin_hash: str | None = None
    is_demo: bool = Field(default=False, description="An invented person, listed on a demo's sign-in page")
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Membership(SQLModel, table=True):
    """One person's dated role at one facility, with qualification and licence."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_facility", "facility_id", "role"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    role: str
    qualification: str
    title: str = Field(description="As printed before the name: BS., ThS.BS., Điều dưỡng")
    licence_number: str | None = None
    valid_from: date
    valid_to: date | None = None
    version: int = 1


class MembershipSpecialty(SQLModel, table=True):
    """A specialty a doctor works in at one facility."""

    __tablename__ = "membership_specialty"

    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True)
    specialty_code: str = Field(foreign_key="specialty.code", primary_key=True, index=True)


class MembershipLanguage(SQLModel, table=True):
    """A language a member speaks with patients beside Vietnamese, by ISO 639 code."""

    __tablename__ = "membership_language"

    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True)
    language_code: str = Field(primary_key=True, index=True)


class Activation(SQLModel, table=True):
    """A single-use code to set a password: an invitation or a reset. Only its hash is kept."""

    __tablename__ = "activation"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    code_hash: str = Field(unique=True)
    kind: str = Field(description="invite, reset")
    issued_by: UUID | None = None
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Device(SQLModel, table=True):
    """A browser that colleagues share; remembers who signed in on it, for the quick switch."""

    __tablename__ = "device"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeviceMember(SQLModel, table=True):
    """A person who signed in on a device with a password, and may come back with a PIN for a while."""

    __tablename__ = "device_member"

    device_id: UUID = Field(foreign_key="device.id", primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True)
    password_at: datetime = Field(sa_type=UtcDateTime)
    wrong_pins: int = 0


class SignIn(SQLModel, table=True):
    """An authenticated browser. The cookie's token is stored as its hash only."""

    __tablename__ = "sign_in"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    membership_id: UUID = Field(foreign_key="membership.id", index=True)
    device_id: UUID | None = Field(default=None, foreign_key="device.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str | None = None


class DraftKey(SQLModel, table=True):
    """A key under which a member's browsers keep what is typed and unsent; renewed, then forgotten."""

    __tablename__ = "draft_key"
    __table_args__ = (
        Index("ix_draft_key_membership_id", "membership_id", "made_at"),
        Index("ix_draft_key_made_at", "made_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id")
    secret_sealed: bytes
    made_at: datetime = Field(sa_type=UtcDateTime)


class FailedSignIn(SQLModel, table=True):
    """A try to sign in that has not succeeded, counted per account and device.

    Not per address: a whole station, or a whole province behind one carrier, shares an address.
    """

    __tablename__ = "failed_sign_in"
    __table_args__ = (Index("ix_failed_sign_in_account", "account", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account: str = Field(description="Blind index of the user name, and of the device that knows it")
    at: datetime = Field(sa_type=UtcDateTime)


class Integration(SQLModel, table=True):
    """Another program acting for one facility, with a list of actions."""

    __tablename__ = "integration"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    name: str
    actions: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A bearer token of a membership or an integration; only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("(membership_id IS NULL) <> (integration_id IS NULL)", name="one_bearer"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    name: str
    membership_id: UUID | None = Field(default=None, foreign_key="membership.id", index=True)
    integration_id: UUID | None = Field(default=None, foreign_key="integration.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
