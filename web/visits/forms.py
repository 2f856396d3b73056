"""What is posted to the pages of a visit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from telehealth.visits.rules import Section
from telehealth.visits.vitals import is_unusual
from web.forms import Form, Number, Tick

Secret = Annotated[str, Field(min_length=1, max_length=256)]
Version = Annotated[int, Field(ge=0)]


class SignForm(Form):
    """A signature: PIN or password, and the version of the record that was read."""

    words: ClassVar[str] = "signature"
    secret: Secret
    version: Version


class AmendForm(Form):
    """An amendment with its reason."""

    words: ClassVar[str] = "amendment"
    text: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    secret: Secret


class StationForm(Form):
    """What the station adds: texts with the versions they were read at, values measured now."""

    reason: str = ""
    reason_version: Version
    history: str = ""
    history_version: Version
    medicines: str = ""
    medicines_version: Version
    allergies: str = ""
    allergies_version: Version
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

    def texts(self) -> dict[Section, tuple[str, int]]:
        """Return the station's sections with the version each was read at."""
        names = (Section.REASON, Section.HISTORY, Section.MEDICINES, Section.ALLERGIES)
        return {name: (getattr(self, name), getattr(self, f"{name}_version")) for name in names}

    def values(self, codes: Mapping[str, object]) -> dict[str, Decimal]:
        """Return what was measured, by code."""
        return {code: value for code in codes if (value := getattr(self, code)) is not None}

    def rare(self, codes: Mapping[str, object]) -> list[str]:
        """Return the codes whose values are asked about once more."""
        if self.measured_again:
            return []
        return [code for code, value in self.values(codes).items() if is_unusual(code, value)]
