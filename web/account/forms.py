"""What is typed on the account page."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from web.forms import Form


class PasswordForm(Form):
    """A new password, and the present one as proof."""

    words: ClassVar[str] = "account"
    current: Annotated[str, Field(max_length=1000)]
    password: Annotated[str, Field(max_length=1000)]
    password_repeat: Annotated[str, Field(max_length=1000)]


class PinForm(Form):
    """A new PIN, typed twice, and the password as proof."""

    words: ClassVar[str] = "account"
    proof: Annotated[str, Field(max_length=1000)]
    pin: Annotated[str, Field(max_length=20)]
    pin_repeat: Annotated[str, Field(max_length=20)]


class WorkplaceForm(Form):
    """Which of one's own memberships to go on in."""

    member: UUID
