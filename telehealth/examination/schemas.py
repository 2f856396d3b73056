"""Shapes of the examination in the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from telehealth.examination.rules import TEXT_LIMIT, ItemKind, ItemState
from telehealth.kit.schemas import Input, Output


class ItemIn(Input):
    """What was found of one system, or answered to one question; an empty state takes it back."""

    state: Annotated[ItemState, Field(strict=False)] = Field(
        default=ItemState.NONE, description="Of a system; a question is answered by its words"
    )
    text: Annotated[str, StringConstraints(max_length=TEXT_LIMIT)] = Field(
        default="", description="Empty for normal: the template's own words"
    )


class TemplateChoiceIn(Input):
    """The template a visit is written in from now on."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class SystemOut(Output):
    """A system that is examined, with the words that "normal" stands for."""

    code: str
    label: str
    normal: str


class QuestionOut(Output):
    """A question that is asked."""

    code: str
    label: str


class TemplateOut(Output):
    """A version of a template, in the order of the page."""

    code: str
    version: int
    name: str
    measurements: list[str]
    systems: list[SystemOut]
    questions: list[QuestionOut]


class ItemOut(Output):
    """What is written of one item; `version` is the If-Match of the next writing."""

    item: str
    kind: ItemKind
    label: str
    state: ItemState
    text: str
    written_by: UUID
    written_at: datetime
    version: int


class ExaminationOut(Output):
    """The examination of a visit: the template it is written in, and what is written so far."""

    version: int = Field(description="Grows with every change")
    template: TemplateOut
    items: list[ItemOut] = Field(description="In the template's order; what another asked for at the end")
