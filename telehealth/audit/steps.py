"""The record of something that has states: one row for each step, appended, never altered.

Requests, orders and referrals keep such a record, so that a reader (and a test) can replay how each came
to be where it is. A row holds no words about a patient.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlmodel import Field, Session, SQLModel

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Step(SQLModel):
    """The columns every table of steps has; `command` is None where the state did not change."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    seq: int
    kind: str
    from_state: str | None = None
    to_state: str
    command: str | None = None
    actor_kind: str
    actor_ref: UUID
    reason: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)


class Stepped(Protocol):
    """Something with states that counts its steps."""

    id: UUID
    patient_id: UUID
    state: str
    steps: int


S = TypeVar("S", bound=Step)


def append_step(
    session: Session,
    actor: Actor,
    subject: Stepped,
    table: type[S],
    kind: StrEnum,
    *,
    now: datetime,
    before: StrEnum | None = None,
    command: StrEnum | None = None,
    reason: str | None = None,
    **about: Any,
) -> None:
    """Write the next step of a subject the caller has locked; `about` are the table's own columns.

    The subject goes to the database first: what changed of it stands there together with its state.
    """
    subject.steps += 1
    session.add(subject)
    session.flush()
    session.add(
        table(
            seq=subject.steps,
            kind=kind,
            from_state=before,
            to_state=subject.state,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
            **about,
        )
    )


def record_step(
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject: Stepped,
    kind: StrEnum,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Leave a step's row in the audit trail: which step, and the coded reason where there is one."""
    record(
        session,
        actor,
        action,
        subject_kind=subject_kind,
        subject_id=subject.id,
        patient_id=subject.patient_id,
        facts={"step": str(kind), **({"reason": reason} if reason else {})},
        now=now,
    )
    session.flush()
