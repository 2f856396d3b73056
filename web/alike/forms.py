"""What is decided about two records."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from web.forms import Form


class MergeForm(Form):
    """Which record is kept, and why the two are of one person."""

    words: ClassVar[str] = "alike"
    kept: UUID
    reason: Annotated[str, Field(max_length=500)]


class UndoForm(Form):
    """Why the two are of two people after all."""

    words: ClassVar[str] = "alike"
    reason: Annotated[str, Field(min_length=10, max_length=500)]
