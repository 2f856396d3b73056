"""Shapes of facilities in the API and in import files."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from telehealth.kit.schemas import Input, Output

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Day = Annotated[date, Field(strict=False)]
"""A date; JSON has them as text, which strict types would refuse."""
Ref = Annotated[UUID, Field(strict=False)]
Kind = Literal["is_point_of", "supports", "consults", "succeeds"]


class FacilityOut(Output):
    """A facility."""

    id: UUID
    name: str
    short_name: str
    level_code: str
    tier_code: str
    address: str
    phone: str | None
    valid_from: date
    valid_to: date | None
    version: int


class FacilityPage(Output):
    """Some facilities, and where to go on."""

    items: list[FacilityOut]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last")


class IdentifierOut(Output):
    """An official code and when it was valid."""

    id: UUID
    system: str
    value: str
    valid_from: date
    valid_to: date | None
    source: str


class EdgeOut(Output):
    """A relation, read from left to right: `from_id` supports `to_id`."""

    id: UUID
    kind: str
    from_id: UUID
    to_id: UUID
    valid_from: date
    valid_to: date | None


class IdentifierIn(Input):
    """An official code to give a facility."""

    system: Code
    value: Code
    valid_from: Day
    valid_to: Day | None = None
    source: Name


class AuthorityIn(Input):
    """Who manages a facility."""

    name: Name
    valid_from: Day
    valid_to: Day | None = None


class FacilityIn(Input):
    """A facility to create."""

    name: Name
    short_name: Name
    sms_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 .,-]{2,40}$")] = Field(
        description="Unaccented; neutral where the name would tell an illness"
    )
    level: Code
    tier: Code
    address: str = Field(default="", max_length=300)
    phone: str | None = Field(default=None, max_length=20)
    valid_from: Day
    valid_to: Day | None = None


class EdgeIn(Input):
    """A relation to add."""

    kind: Kind
    from_id: Ref
    to_id: Ref
    valid_from: Day
    valid_to: Day | None = None


class CodeIn(Input):
    """A care level or a tier."""

    code: Code
    rank: int = Field(ge=1, le=20)
    name: Name


class UnitIn(Input):
    """An administrative unit; `parent` and `replaces` are keys of other units of the file."""

    key: Code
    code: Code
    kind: Literal["xa", "phuong", "dac_khu", "tinh", "thanh_pho"]
    name: Name
    parent: Code | None = None
    replaces: list[Code] = Field(default_factory=list)
    is_partial: bool = False
    valid_from: Day
    valid_to: Day | None = None
    source: Name


class ImportedFacility(FacilityIn):
    """A facility of an import file, with everything that hangs on it."""

    key: Code
    unit: Code | None = None
    identifiers: list[IdentifierIn] = Field(default_factory=list)
    managed_by: list[AuthorityIn] = Field(default_factory=list)


class ImportedEdge(Input):
    """A relation of an import file, between keys."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Kind
    from_key: Code = Field(alias="from")
    to_key: Code = Field(alias="to")
    valid_from: Day
    valid_to: Day | None = None


class FacilityImport(Input):
    """An import file. Importing it again changes what differs and adds what is new."""

    care_levels: list[CodeIn] = Field(default_factory=list)
    tiers: list[CodeIn] = Field(default_factory=list)
    units: list[UnitIn] = Field(default_factory=list)
    facilities: list[ImportedFacility] = Field(default_factory=list)
    edges: list[ImportedEdge] = Field(default_factory=list)
