"""What is typed about texts."""

from typing import Annotated, ClassVar

from pydantic import Field

from telehealth.messaging.texts import Registration
from web.forms import Form


class TextForm(Form):
    """A text as an administrator writes it."""

    words: ClassVar[str] = "texts"
    text: Annotated[str, Field(min_length=12, max_length=400)]
    call: Annotated[str, Field(max_length=60)] = ""
    version: int


class RegistrationForm(Form):
    """How far operators are with a text."""

    words: ClassVar[str] = "texts"
    gateway: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    state: Registration
    vendor_code: Annotated[str, Field(max_length=60)] = ""
