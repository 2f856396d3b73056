"""Shapes of the JSON API."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Input(BaseModel):
    """A request body: strict types, nothing unknown accepted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Output(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)


class FieldProblem(Output):
    """One wrong value in a request."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) to the value")
    code: str
    detail: str


class Problem(Output):
    """An error, as RFC 9457 `application/problem+json`."""

    type: str = Field(description="Stable URI of the kind of problem; its last part is the code")
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
    facts: dict[str, Any] = {}
