"""What is posted to book a follow-up, and to remind of some."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.scheduling.rules import PatientPlace
from web.forms import Form


class BookForm(Form):
    """The proposed time that was tapped, and where the patient will be."""

    words: ClassVar[str] = "confirm"
    slot: Annotated[str, Field(max_length=80)]
    patient_place: PatientPlace = PatientPlace.STATION
    version: int


class RemindForm(Form):
    """Whom to remind: appointments and next visits by their ids."""

    words: ClassVar[str] = "remind"
    chosen: Annotated[tuple[UUID, ...], Field(min_length=1)]
