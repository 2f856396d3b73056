"""What is typed to hand over a day."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from web.forms import Form, LocalDate


class HandOverForm(Form):
    """Whose day goes to whom."""

    words: ClassVar[str] = "roster"
    giver: UUID = Field(alias="from")
    taker: UUID = Field(alias="to")
    on: LocalDate


class HandOverSeen(HandOverForm):
    """The same, with the version of what was shown."""

    version: int
