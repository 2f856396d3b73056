"""What is said about urgent requests and duty."""

import re
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from telehealth.urgent.rules import CancelReason, CloseReason, DangerSign, DeclineReason
from web.forms import Form

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:hg.]?([0-5]\d)")


def _is_clock(value: str) -> str:
    if not _CLOCK.fullmatch(value.strip()):
        raise PydanticCustomError("string_pattern_mismatch", "not a time of day")
    return value.strip()


class PressForm(Form):
    """What is dangerous, if anything."""

    words: ClassVar[str] = "urgent"
    danger: tuple[DangerSign, ...] = ()


class DeclineForm(Form):
    """Why not."""

    reason: DeclineReason


class SeenForm(Form):
    """An act of whoever looks at a request, on the version their page shows."""

    words: ClassVar[str] = "urgent"
    version: int


class CancelForm(SeenForm):
    """Why a request is called off."""

    reason: CancelReason


class CloseForm(SeenForm):
    """What became of the patient."""

    reason: CloseReason


class LeaseForm(Form):
    """An act of whoever has the request, with the token of their lease."""

    token: int


class DutyForm(Form):
    """Until when, by the wall clock."""

    words: ClassVar[str] = "duty"
    until: Annotated[str, AfterValidator(_is_clock)]
    act: str = "on"


def next_time(clock: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when a wall clock shows this time next, within a day."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    here = now.astimezone(zone)
    at = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    return at if at > here else at + timedelta(days=1)
