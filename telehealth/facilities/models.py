"""Facilities: surrogate ids, dated official codes, dated edges instead of one parent.

Levels and tiers are data: the district level went away on 2025-07-01, and since 2026-01-01 the
administrative parent of a station (the commune) is not its professional one (TT 43/2025/TT-BYT).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class CareLevel(SQLModel, table=True):
    """Technical level of care: ban đầu, cơ bản, chuyên sâu. Never inferred from the tier."""

    __tablename__ = "care_level"

    code: str = Field(primary_key=True)
    rank: int = Field(unique=True)
    name: str


class Tier(SQLModel, table=True):
    """Administrative tier: xã, khu vực (former district), tỉnh, trung ương."""

    __tablename__ = "tier"

    code: str = Field(primary_key=True)
    rank: int = Field(unique=True)
    name: str


class AdminUnit(SQLModel, table=True):
    """A commune or province as it was during some years; codes are reused, so ids are our own."""

    __tablename__ = "admin_unit"
    __table_args__ = (Index("ix_admin_unit_code", "code", "valid_from"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str
    kind: str = Field(description="xa, phuong, dac_khu, tinh, thanh_pho")
    name: str
    parent_id: UUID | None = Field(default=None, foreign_key="admin_unit.id")
    valid_from: date
    valid_to: date | None = None
    source: str


class AdminUnitSuccession(SQLModel, table=True):
    """Which unit took over which, wholly or in part (441 of 10,033 communes were split in 2025)."""

    __tablename__ = "admin_unit_succession"

    old_id: UUID = Field(foreign_key="admin_unit.id", primary_key=True)
    new_id: UUID = Field(foreign_key="admin_unit.id", primary_key=True)
    is_partial: bool = False


class Facility(SQLModel, table=True):
    """Any health facility: a commune station, its station points, centres, hospitals."""

    __tablename__ = "facility"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    short_name: str
    sms_name: str = Field(description="Unaccented, neutral where the name would tell an illness")
    folded_name: str = Field(index=True)
    level_code: str = Field(foreign_key="care_level.code")
    tier_code: str = Field(foreign_key="tier.code")
    admin_unit_id: UUID | None = Field(default=None, foreign_key="admin_unit.id")
    address: str = ""
    phone: str | None = Field(default=None, description="E.164; the facility's, never a person's")
    valid_from: date
    valid_to: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class FacilityIdentifier(SQLModel, table=True):
    """An official code, of one system, during some years."""

    __tablename__ = "facility_identifier"
    __table_args__ = (UniqueConstraint("system", "value", "valid_from"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    system: str = Field(description="cskcb (BHXH, 5 digits), lien_thong (e-prescription), local")
    value: str
    valid_from: date
    valid_to: date | None = None
    source: str


class FacilityEdge(SQLModel, table=True):
    """A dated relation, read from left to right: A supports B, A is_point_of B, A succeeds B."""

    __tablename__ = "facility_edge"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="two_ends"),
        Index("ix_facility_edge_from", "from_id", "kind"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(description="is_point_of, supports, consults, succeeds")
    from_id: UUID = Field(foreign_key="facility.id")
    to_id: UUID = Field(foreign_key="facility.id", index=True)
    valid_from: date
    valid_to: date | None = None


class Authority(SQLModel, table=True):
    """Who manages a facility: a commune's committee, a department of health, the ministry."""

    __tablename__ = "authority"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    name: str
    valid_from: date
    valid_to: date | None = None
