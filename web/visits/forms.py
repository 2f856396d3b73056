"""What is posted to the pages of a visit."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from telehealth.visits.vitals import is_unusual
from web.forms import Form, Number, Tick, Version

Secret = Annotated[str, Field(min_length=1, max_length=256)]


class SignForm(Form):
    """A signature: PIN or password, and the version of the record that was read."""

    words: ClassVar[str] = "signature"
    secret: Secret
    version: Version


class AmendForm(Form):
    """An amendment with its reason; `after` is the number of the last record that was read."""

    words: ClassVar[str] = "amendment"
    text: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    secret: Secret
    parts_version: Version | None = None
    after: Version | None = None


class StationForm(Form):
    """What the station adds: texts, values measured now. Versions come beside it (`groups.split`)."""

    reason: str = ""
    history: str = ""
    medicines: str = ""
    allergies: str = ""
    systolic: Number | None = None
    diastolic: Number | None = None
    pulse: Number | None = None
    temperature: Number | None = None
    spo2: Number | None = None
    respiratory_rate: Number | None = None
    weight: Number | None = None
    height: Number | None = None
    glucose: Number | None = None
    measured_again: Tick = False
    keep: Literal["mine", "theirs", "both", "again"] | None = None
    before: tuple[str, ...] = ()

    def values(self, codes: Iterable[str]) -> dict[str, Decimal]:
        """Return what was measured of these codes."""
        return {code: value for code in codes if (value := getattr(self, code)) is not None}

    def rare(self, codes: Iterable[str]) -> list[str]:
        """Return those of the codes whose values are asked about once more."""
        if self.measured_again or self.keep == "again":
            return []
        return [code for code, value in self.values(codes).items() if is_unusual(code, value)]
