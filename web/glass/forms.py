"""What is typed to open a record in an emergency, and to judge it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from telehealth.patients.rules import GlassReason, Verdict
from web.forms import Form


class LookForm(Form):
    """Whose record is meant, and why."""

    words: ClassVar[str] = "glass"
    text: Annotated[str, Field(min_length=1, max_length=300)]
    reason_code: GlassReason
    reason: Annotated[str, Field(max_length=500)]
    act: Literal["look", "open"] = "look"


class OpenForm(LookForm):
    """Which of those found, confirmed with PIN or password."""

    chosen: UUID
    secret: Annotated[str, Field(min_length=1, max_length=256)]


class ReviewForm(Form):
    """What a coordinator says of it."""

    words: ClassVar[str] = "glass"
    verdict: Verdict
    note: Annotated[str, Field(max_length=500)] = ""
