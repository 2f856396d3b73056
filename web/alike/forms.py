"""What is decided about two records."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.patients.rules import REASON_AT_LEAST
from web.forms import Form

Stated = Annotated[str, Field(min_length=REASON_AT_LEAST, max_length=500)]
"""A reason long enough to say something, told beside whatever else is missing."""


class MergeForm(Form):
    """Which record is kept, and why the two are of one person."""

    words: ClassVar[str] = "alike"
    kept: UUID
    reason: Stated


class UndoForm(Form):
    """Why the two are of two people after all."""

    words: ClassVar[str] = "alike"
    reason: Stated
