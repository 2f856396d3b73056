"""What is posted from the workspace."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, model_validator
from starlette.datastructures import FormData

from telehealth.kit.errors import InvalidError
from telehealth.visits.rules import MAX_SLACK_DAYS, Certainty, Diagnosis
from web.forms import Form, LocalDate, Version

Keep = Literal["mine", "theirs", "both"]


class SectionForm(Form):
    """The text of a section; `theirs` and `keep` settle a conflict that was shown.

    `before` are texts the page sent and heard no answer to: if one of them is stored, it is the page's own.
    """

    text: str = ""
    version: Version
    theirs: Version | None = None
    keep: Keep | None = None
    before: tuple[str, ...] = ()


class DiagnosesForm(Form):
    """What stands beside the rows of diagnoses, which are read by `rows_of`."""

    version: Version
    q: str = ""
    act: str = ""
    pick: str = ""
    before: tuple[str, ...] = ()
    theirs: Version | None = None
    keep: Keep | None = None


class FollowUpForm(Form):
    """When and where the patient comes back; `act` is a quick choice: in:14:3 is two weeks ± 3 days.

    `theirs` and `keep` settle a conflict that was shown.
    """

    words: ClassVar[str] = "follow_up"
    follow_up_on: LocalDate | None = None
    slack: Annotated[int, Field(ge=0, le=MAX_SLACK_DAYS)] = 0
    facility: UUID | None = None
    version: Version
    act: str = ""
    before: tuple[str, ...] = ()
    theirs: Version | None = None
    keep: Literal["mine", "theirs"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_button_settles_the_day(cls, given: dict[str, object]) -> dict[str, object]:
        return {**given, "follow_up_on": None} if given.get("act") else given

    def day(self, today: date) -> date | None:
        """Return the day that was typed, or chosen by a button."""
        chosen = self._chosen()
        if chosen is not None:
            return today + timedelta(days=chosen[0])
        return None if self.act == "none" else self.follow_up_on

    def leeway(self) -> int:
        """Return how many days before or after would do: of the button, else as chosen."""
        chosen = self._chosen()
        return chosen[1] if chosen is not None else self.slack

    def _chosen(self) -> tuple[int, int] | None:
        kind, _, text = self.act.partition(":")
        days, _, slack = text.partition(":")
        slack = slack or "0"
        is_number = days.isdecimal() and len(days) <= 3 and slack.isdecimal() and len(slack) <= 2
        return (int(days), int(slack)) if kind == "in" and is_number else None


ROW_FIELDS = ("code", "text", "certainty")


def rows_of(posted: FormData) -> list[Diagnosis]:
    """Return the rows of diagnoses as typed; raise `invalid-input` for what no page of ours sends."""
    columns = [[str(value).strip() for value in posted.getlist(name)] for name in ROW_FIELDS]
    if len({len(column) for column in columns}) != 1 or any(
        each not in set(Certainty) for each in columns[2]
    ):
        raise InvalidError("invalid-input")
    return [
        Diagnosis(text, Certainty(certainty), code or None)
        for code, text, certainty in zip(*columns, strict=True)
    ]


def without_rows(posted: FormData) -> FormData:
    """Return the rest of the form of diagnoses."""
    return FormData([(key, value) for key, value in posted.multi_items() if key not in ROW_FIELDS])


def apply_act(rows: Sequence[Diagnosis], sent: DiagnosesForm) -> list[Diagnosis]:
    """Return the rows after a button: a code picked, free (what was typed), remove:1, first:2, or none."""
    changed = list(rows)
    kind, _, value = sent.act.partition(":")
    if sent.pick:
        changed.append(Diagnosis("", Certainty.PROVISIONAL, sent.pick))
    elif kind == "free" and sent.q:
        changed.append(Diagnosis(sent.q, Certainty.PROVISIONAL))
    elif value in map(str, range(len(changed))):
        row = changed.pop(int(value))
        if kind == "first":
            changed.insert(0, row)
        elif kind != "remove":
            raise InvalidError("invalid-input")
    return changed


def is_search(sent: DiagnosesForm) -> bool:
    """Tell whether only a search was asked for: Enter in an empty search field saves."""
    return sent.act == "search" and bool(sent.q)
