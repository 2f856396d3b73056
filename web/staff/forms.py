"""What is typed to invite a colleague or to move one."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service import Post
from web.forms import Form, LocalDate


class PostForm(Form):
    """What somebody is to do where."""

    words: ClassVar[str] = "staff"
    facility: UUID
    role: Role
    qualification: Qualification
    title: Annotated[str, Field(max_length=40)] = ""
    licence_number: Annotated[str, Field(max_length=40)] = ""
    specialty_codes: list[str] = Field(default_factory=list, max_length=20)
    language_codes: list[str] = Field(default_factory=list, max_length=20)

    @property
    def post(self) -> Post:
        """The post as the service takes it."""
        return Post(
            facility_id=self.facility,
            role=self.role,
            qualification=self.qualification,
            title=self.title,
            licence_number=self.licence_number or None,
            specialty_codes=tuple(self.specialty_codes),
            language_codes=tuple(self.language_codes),
        )


class InviteForm(PostForm):
    """A new colleague."""

    full_name: Annotated[str, Field(min_length=2, max_length=120)]
    username: Annotated[str, Field(max_length=40)]


class MoveForm(PostForm):
    """A new post from a day on."""

    on: LocalDate
    version: int


class LanguagesForm(Form):
    """Which languages somebody speaks beside Vietnamese."""

    words: ClassVar[str] = "staff"
    speaks: list[str] = Field(default_factory=list, max_length=20)
    version: int


class CloseForm(Form):
    """The last day: from it on the person does not work here."""

    words: ClassVar[str] = "staff"
    last_on: LocalDate
    version: int
