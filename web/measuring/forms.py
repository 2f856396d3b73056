"""What is posted to the pages of measurements."""

from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, create_model

from telehealth.visits.vitals import MEASUREMENTS
from web.forms import Form, LocalDate, Number, Tick

Count = Annotated[int, Field(ge=0, le=99)]


class _Measured(Form):
    """What stands beside the values; `seen` is how many the visit had when the page was printed."""

    measured_again: Tick = False
    seen: Annotated[int, Field(ge=0)] | None = None


_VALUES: dict[str, Any] = {code: (Number | None, None) for code in MEASUREMENTS}

MeasureForm = cast("type[_Measured]", create_model("MeasureForm", __base__=_Measured, **_VALUES))
"""A field for every measurement there is, and whether rare ones were measured again."""


class PregnancyForm(Form):
    """What a pregnancy is dated by, or that it ended."""

    words: ClassVar[str] = "pregnancy"
    dated_by: Literal["lmp", "edd"]
    dated_on: LocalDate
    gravida: Count | None = None
    para: Count | None = None
    version: Annotated[int, Field(ge=0)]


class EndForm(Form):
    """The day a pregnancy ended."""

    words: ClassVar[str] = "pregnancy"
    ended_on: LocalDate
    version: Annotated[int, Field(ge=0)]


class ApproveForm(Form):
    """Standing for a version of the ranges."""

    version: Annotated[str, Field(min_length=1, max_length=40)]


class WithdrawForm(Form):
    """Taking an approval back."""

    words: ClassVar[str] = "ranges"
    reason: Annotated[str, Field(min_length=1, max_length=300)]
