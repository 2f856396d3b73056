"""Shapes of availability in import files."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from telehealth.kit.schemas import Input

Day = Annotated[date, Field(strict=False)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Weekday = Annotated[int, Field(ge=0, le=6, description="0 is Monday")]


class NationalDayIn(Input):
    """A holiday, or with `works_as` a day worked by the hours of another weekday."""

    day: Day
    name: Text
    source: Text
    works_as: Weekday | None = None
    provisional: bool = False


class HolidayImport(Input):
    """The national calendar of whole years: what the file does not name is an ordinary day in them."""

    years: Annotated[list[Annotated[int, Field(ge=2000, le=2100)]], Field(min_length=1, max_length=20)]
    days: Annotated[list[NationalDayIn], Field(max_length=1000)]

    @model_validator(mode="after")
    def _within_the_years(self) -> Self:
        named = [each.day for each in self.days]
        if len(set(named)) != len(named):
            raise ValueError("a day is named twice")
        if any(day.year not in self.years for day in named):
            raise ValueError("a day lies outside the years of the file")
        return self
