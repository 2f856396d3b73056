"""What is said about orders."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.orders.rules import NOTE_LIMIT, WHAT_LIMIT, DeclineReason, OrderKind, When
from web.forms import Form, Number, Version

Words = Annotated[str, Field(max_length=NOTE_LIMIT)]


class OrderForm(Form):
    """What is ordered; its id was printed with the form, so that pressing twice orders once."""

    words: ClassVar[str] = "orders"
    id: UUID | None = None
    kind: OrderKind
    what: Annotated[str, Field(min_length=1, max_length=WHAT_LIMIT)]
    when: When = When.WEEK
    code: str | None = None
    note: Words = ""


class ResultForm(Form):
    """What came of it."""

    words: ClassVar[str] = "orders"
    result: Words = ""
    value: Number | None = None
    other: Number | None = None
    """The second number of a blood pressure."""
    attachments: tuple[UUID, ...] = ()
    version: Version


class DeclineForm(Form):
    """Why it cannot be done."""

    words: ClassVar[str] = "orders"
    reason: DeclineReason
    result: Words = ""
    version: Version
