"""What is typed to sign in, to switch, and to set a first password.

Passwords are read from the posted form itself: they count as typed, spaces at the ends included.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.kit.errors import InvalidError
from telehealth.staff import rules
from web.forms import Form, Tick


class SignInForm(Form):
    """User name and password."""

    words: ClassVar[str] = "sign_in"
    username: Annotated[str, Field(max_length=120)]
    password: Annotated[str, Field(max_length=1000)]
    remember: Tick = False
    next: str = "/"


class SwitchForm(Form):
    """Whose PIN it is, and the PIN."""

    words: ClassVar[str] = "switch"
    member: UUID
    pin: Annotated[str, Field(max_length=20)]
    next: str = "/"


class ForgetForm(Form):
    """Whose name to take off this machine's list."""

    member: UUID


class ActivationForm(Form):
    """A first password, and a PIN for those who share a machine."""

    words: ClassVar[str] = "activation"
    password: Annotated[str, Field(max_length=1000)]
    password_repeat: Annotated[str, Field(max_length=1000)]
    pin: str = ""


def check_repeated(first: str, second: str) -> None:
    """Raise `password-repeat-differs` unless a new password was typed the same twice."""
    if rules.prepare_password(first) != rules.prepare_password(second):
        raise InvalidError("password-repeat-differs", field="password_repeat")
