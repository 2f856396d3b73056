"""Questionnaires and their versions, what is asked when, answers, calls, and the bell of a red one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_CLOCKED = text("next_at IS NOT NULL")
_UNTAKEN = text("state IN ('ringing', 'resting')")
_LIVE = text("state <> 'withdrawn'")


class Questionnaire(SQLModel, table=True):
    """One version of a questionnaire; never changed, a newer one stands beside it."""

    __tablename__ = "questionnaire"
    __table_args__ = (CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved"),)

    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    rank: int = 0
    source: str = Field(sa_type=Text, description="Name, questions and rules, as TOML")
    created_by: UUID | None = Field(default=None, foreign_key="membership.id", description="None: with us")
    created_at: datetime = Field(sa_type=UtcDateTime)
    approved_by: UUID | None = Field(default=None, foreign_key="membership.id")
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CheckSeries(SQLModel, table=True):
    """What is to be asked after a visit, and for whom the answers are."""

    __tablename__ = "check_series"
    __table_args__ = (
        CheckConstraint("via IN ('sms', 'paper', 'home')", name="via"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    questionnaire_code: str
    via: str
    asked_by: UUID = Field(foreign_key="membership.id", index=True, description="Who wants to know")
    set_at: datetime = Field(sa_type=UtcDateTime)
    ends_on: date
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: UUID | None = None
    version: int = 1


class CheckRound(SQLModel, table=True):
    """One day's questions: asked once, answered or followed until somebody was reached."""

    __tablename__ = "check_round"
    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'asked', 'answered', 'calling', 'visiting', 'reached', 'closed',"
            " 'withdrawn')",
            name="state",
        ),
        CheckConstraint("level IN ('', 'green', 'amber', 'red')", name="level"),
        CheckConstraint("state NOT IN ('calling', 'visiting') OR call_at IS NOT NULL", name="listed"),
        CheckConstraint("state NOT IN ('reached', 'closed') OR outcome IS NOT NULL", name="outcome"),
        Index(
            "uq_check_round_day",
            "series_id",
            "due_on",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index("ix_check_round_clock", "next_at", postgresql_where=_CLOCKED, sqlite_where=_CLOCKED),
        Index("ix_check_round_station", "station_facility_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    series_id: UUID = Field(foreign_key="check_series.id", index=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    due_on: date
    state: str
    version: int = 1
    questionnaire_version: int | None = Field(
        default=None, description="As it was asked; never changes after"
    )
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When its clock goes off")
    level: str = Field(default="", description="The worst of all answers")
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    call_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="From when to phone or go"
    )
    tries: int = 0
    outcome: str | None = None
    note: str = Field(default="", sa_type=Text)
    ended_by: UUID | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Whoever asked saw how it stands"
    )


class CheckAnswer(SQLModel, table=True):
    """What was answered at once to one round's questions; a later answer stands beside it."""

    __tablename__ = "check_answer"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    round_id: UUID = Field(foreign_key="check_round.id")
    number: int
    via: str = Field(description="link, call, visit")
    given: dict[str, str] = Field(sa_type=JSON, description="As typed, by question")
    level: str
    actor_kind: str
    actor_ref: UUID
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CheckPhoto(SQLModel, table=True):
    """A photo that came with an answer: washed, in full and for the screen; opened only beside its round."""

    __tablename__ = "check_photo"
    __table_args__ = (UniqueConstraint("answer_id", "question"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    answer_id: UUID = Field(foreign_key="check_answer.id")
    question: str
    file_id: UUID = Field(foreign_key="stored_file.id", description="In full")
    view_file_id: UUID = Field(foreign_key="stored_file.id", description="For the screen")


class CheckStep(SQLModel, table=True):
    """One step of a round; appended, never altered."""

    __tablename__ = "check_step"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    round_id: UUID = Field(foreign_key="check_round.id", index=True)
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class CheckAlarm(SQLModel, table=True):
    """The bell of a red answer: who hears it, since when, who took it."""

    __tablename__ = "check_alarm"
    __table_args__ = (
        CheckConstraint("state IN ('ringing', 'resting', 'taken', 'settled')", name="state"),
        CheckConstraint("(state IN ('ringing', 'resting')) = (next_at IS NOT NULL)", name="clock"),
        Index("ix_check_alarm_clock", "next_at", postgresql_where=_UNTAKEN, sqlite_where=_UNTAKEN),
        Index("ix_check_alarm_station", "station_facility_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    round_id: UUID = Field(foreign_key="check_round.id", index=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    station_facility_id: UUID = Field(foreign_key="facility.id")
    state: str
    version: int = 1
    rings_station: bool = False
    has_rung_station: bool = False
    levels: int = Field(default=0, description="How many levels of duty were rung")
    raised_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_by: UUID | None = Field(default=None, foreign_key="membership.id")
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CheckRing(SQLModel, table=True):
    """A doctor on duty for whom a red answer rings."""

    __tablename__ = "check_ring"

    alarm_id: UUID = Field(foreign_key="check_alarm.id", primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True, index=True)
    rung_at: datetime = Field(sa_type=UtcDateTime)
