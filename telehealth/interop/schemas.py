"""Shapes of calendars in the JSON API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from telehealth.interop.rules import OwnerKind
from telehealth.kit.schemas import Output


class CalendarFeedOut(Output):
    """A secret address that calendar programs read, without the address itself."""

    id: UUID
    owner_kind: OwnerKind
    owner_id: UUID = Field(description="The doctor's membership, or the facility")
    created_by: UUID
    created_at: datetime
    last_read_at: datetime | None = Field(description="Coarse: noted at most twice a day")
    is_live: bool = Field(description="False once its maker may not work there any more")


class CalendarFeedMade(CalendarFeedOut):
    """A new feed with its address, shown once."""

    url: str
