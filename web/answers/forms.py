"""What is said about later answers."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from telehealth.answers.rules import TEXT_LIMIT, Within
from web.forms import Form, Version


class SendForm(Form):
    """By when, to whom, what the station wants to know."""

    words: ClassVar[str] = "answers"
    within: Within
    pool: UUID | None = None
    wish: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""


class WordsForm(Form):
    """A question or a reply."""

    words: ClassVar[str] = "answers"
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
    version: Version


class WithdrawForm(Form):
    """Why no answer is wanted any more."""

    reason: Literal["live_instead", "referred", "better", "by_mistake"]
    version: Version
