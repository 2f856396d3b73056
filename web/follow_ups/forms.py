"""What is posted to book a follow-up."""

from typing import Annotated, ClassVar

from pydantic import Field

from telehealth.scheduling.rules import PatientPlace
from web.forms import Form


class BookForm(Form):
    """The proposed time that was tapped, and where the patient will be."""

    words: ClassVar[str] = "confirm"
    slot: Annotated[str, Field(max_length=80)]
    patient_place: PatientPlace = PatientPlace.STATION
    version: int
