"""The one way an appointment changes: state, version, history row, audit row, change rows."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, update

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import StaleError
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import IS_LIVE, Appointment, AppointmentEvent, Claim
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState

_ACTIONS: Final[dict[str, str]] = {
    AppointmentCommand.CHECK_IN: "appointment.check_in",
    AppointmentCommand.CANCEL: "appointment.cancel",
    AppointmentCommand.START: "appointment.run",
    AppointmentCommand.STEP_BACK: "appointment.run",
    AppointmentCommand.COMPLETE: "appointment.run",
    AppointmentCommand.ABORT: "appointment.run",
    AppointmentCommand.NO_SHOW: "appointment.run",
    AppointmentCommand.UNDO: "appointment.run",
    AppointmentCommand.ACCEPT: "appointment.answer",
    AppointmentCommand.REJECT: "appointment.answer",
    AppointmentCommand.PASS_ON: "appointment.answer",
    AppointmentCommand.OVERRIDE: "appointment.override",
    AppointmentCommand.HAND_OVER: "call.take_over",
}

_REVISED: Final = frozenset(
    {
        AppointmentCommand.RESCHEDULE,
        AppointmentCommand.REASSIGN,
        AppointmentCommand.OVERRIDE,
        AppointmentCommand.PASS_ON,
        AppointmentCommand.ESCALATE,
        AppointmentCommand.CANCEL,
        AppointmentCommand.ABORT,
        AppointmentCommand.NO_SHOW,
        AppointmentCommand.UNDO,
    }
)
"""Commands after which a calendar that has the appointment must take it anew (RFC 5545, SEQUENCE)."""

_WITH_REASON: Final = frozenset(
    {AppointmentState.CANCELLED, AppointmentState.REJECTED, AppointmentState.ABORTED}
)

_WRITE = insert(AppointmentEvent)


def require_version(appointment: Appointment, version: int | None) -> None:
    """Raise `stale-version` if somebody changed the appointment since the caller read it."""
    if version is not None and appointment.version != version:
        raise StaleError("stale-version")


def change(
    session: Session,
    actor: Actor,
    appointment: Appointment,
    command: AppointmentCommand,
    *,
    now: datetime,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
    also: Collection[UUID] = (),
) -> None:
    """Carry out a command on an appointment the caller has locked; raise `invalid-transition`.

    `also` are memberships beside the appointment's own that are told: a doctor who had it before.
    """
    before = AppointmentState(appointment.status)
    after = MACHINE.move(before, command)
    appointment.status = after
    appointment.version += 1
    if after is not AppointmentState.HELD:
        appointment.hold_expires_at = None
    if after is not AppointmentState.REQUESTED:
        appointment.respond_by = None
    if after in _WITH_REASON:
        appointment.cancel_reason, appointment.cancelled_by = reason, actor.ref
    appointment.no_show_party = reason if after is AppointmentState.NO_SHOW else None
    appointment.ical_sequence += command in _REVISED
    session.add(appointment)
    append(session, actor, appointment, command, before=before, now=now, reason=reason, data=data, also=also)


def append(
    session: Session,
    actor: Actor,
    appointment: Appointment,
    command: str,
    *,
    before: AppointmentState | None,
    now: datetime,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
    also: Collection[UUID] = (),
) -> None:
    """Write the history row of a change, with the audit row and the change rows it must not lack."""
    session.flush()  # the row it tells of comes first
    row = {
        "id": new_id(),
        "appointment_id": appointment.id,
        "seq": appointment.version,
        "from_status": before,
        "to_status": appointment.status,
        "command": command,
        "version": appointment.version,
        "actor_kind": actor.kind,
        "actor_ref": actor.ref,
        "reason": reason,
        "at": now,
        "data": {
            "starts_at": appointment.starts_at.isoformat(),
            "doctor": str(appointment.doctor_membership_id),
            **(data or {}),
        },
    }
    session.connection().execute(_WRITE, row)
    record(
        session,
        actor,
        _ACTIONS.get(command, "appointment.book"),
        subject_kind="appointment",
        subject_id=appointment.id,
        patient_id=appointment.patient_id,
        facts={"command": command, **({"reason": reason} if reason else {})},
        now=now,
    )
    note_change(
        session,
        "appointment",
        appointment.id,
        scopes=(appointment.station_facility_id, appointment.doctor_membership_id, *also),
        now=now,
    )


def release_claims(session: Session, appointment: Appointment) -> None:
    """Give back what the appointment claimed; released claims stay as history."""
    live = update(Claim).where(col(Claim.appointment_id) == appointment.id, IS_LIVE)
    session.exec(live.values(state="released", held_until=None))
