"""Shapes of the JSON API."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class Input(BaseModel):
    """A request body: strict types, nothing unknown accepted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, data: Any) -> Any:
        if holds_nul(data):
            raise PydanticCustomError("nul_character", "text must not hold the character NUL")
        return data


def holds_nul(data: object) -> bool:
    """Tell whether a text in the data holds NUL, which PostgreSQL stores in no text."""
    if isinstance(data, str):
        return "\x00" in data
    if isinstance(data, dict):
        return any(holds_nul(each) for pair in data.items() for each in pair)
    return isinstance(data, list | tuple) and any(holds_nul(each) for each in data)


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
