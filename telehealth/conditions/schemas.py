"""Shapes of the check against the ministry's list, in the API."""

from typing import Annotated

from pydantic import Field

from telehealth.kit.schemas import Input, Output
from telehealth.visits.rules import LINE_LIMIT


class BasisIn(Input):
    """Whether the visit is signed outside the list on the basis the deployment configured."""

    is_named: bool


class ConversionIn(Input):
    """Why the station answers for the visit from now on."""

    reason: Annotated[str, Field(min_length=1, max_length=LINE_LIMIT)]


class OutsideOut(Output):
    """A diagnosis that is on no list."""

    code: str | None
    text: str


class RemoteListOut(Output):
    """A visit against the list; `version` is the If-Match of naming a basis (0: none yet)."""

    version: int
    list_label: str = Field(description="Which list; empty where none was imported, or none binds the visit")
    outside: list[OutsideOut]
    basis: str = Field(description="The legal basis that was named; empty for none")
    is_referred: bool = Field(
        description="The patient is sent on to another facility, so that it can be signed"
    )
    is_held_back: bool = Field(description="It cannot be signed as it is")
