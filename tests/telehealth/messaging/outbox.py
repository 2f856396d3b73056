"""An outbox with one patient, a gateway that does as told, and a checker that knows what is true."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging import service
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from telehealth.messaging.jobs import Post, chase, read_reports, send_due
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.pacing import Budget
from telehealth.messaging.ports import (
    NOTHING,
    Callback,
    Claimed,
    ForgedCallbackError,
    GatewayError,
    Outcome,
    Outgoing,
    Report,
    Traits,
    Waiting,
    one_by_one,
)
from telehealth.messaging.service import Sender
from tests.support.clock import FixedClock

SENDER = Sender(brand="TYT", base_url="http://127.0.0.1:8000", budget=Budget(1_000, 1_000))


ASKABLE = Traits(reports=True, can_find=True)


class PowerCutError(BaseException):
    """The process dies here."""


@dataclass
class ObedientGateway:
    """A gateway in memory: fails as asked for, then works; keeps what it took by our reference."""

    name: str = "obedient"
    traits: Traits = field(default=ASKABLE)
    faults: list[GatewayError] = field(default_factory=list)
    taken: dict[UUID, Outgoing] = field(default_factory=dict)
    calls: int = 0
    dies: str = ""
    waiting: list[Report] = field(default_factory=list)

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:
        """Take a text, or fail with the next fault asked for."""
        self.calls += 1
        if self.dies == "before":
            raise PowerCutError
        if self.faults:
            raise self.faults.pop(0)
        self.taken.setdefault(outgoing.reference, outgoing)
        if self.dies == "after":
            raise PowerCutError
        return f"ref-{outgoing.reference}"

    def find(self, reference: UUID) -> str | None:
        """Tell whether a text of ours was taken."""
        return f"ref-{reference}" if reference in self.taken else None

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:
        """Return what waits, and again whatever is put back."""
        reports, self.waiting = self.waiting, []
        return reports

    def close(self) -> None:
        """Nothing is kept open."""

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:
        """Refuse: nobody calls."""
        raise ForgedCallbackError


@dataclass
class Outbox:
    """What a test does with the outbox, each step in its own unit of work."""

    database: Database
    gateway: ObedientGateway
    clock: FixedClock
    patient_id: UUID
    facility_id: UUID
    versions: dict[UUID, int] = field(default_factory=dict)
    undelivered: list[MessageUndelivered] = field(default_factory=list)
    delivered: list[MessageDelivered] = field(default_factory=list)
    others: list[ObedientGateway] = field(default_factory=list)
    sender: Sender = SENDER

    def still_true(self, session: Session, claimed: Claimed, now: datetime) -> bool:
        """Stand for the slice that knows the subject's version; 0 is cancelled."""
        return self.versions[claimed.subject_id] == claimed.subject_version

    def queue(self, subject_id: UUID | None = None, **values: Any) -> UUID:
        """Queue a text about the newest version of a subject; return the message's id."""
        subject_id = subject_id or new_id()
        version = self.versions.setdefault(subject_id, 1)
        with self.database.write() as unit:
            defaults: dict[str, Any] = {
                "template": "appointment_cancelled",
                "params": {"facility": "TYT Phu Thong", "date": "25/11", "time": "08:30", "phone": ""},
                "facility_id": self.facility_id,
                "patient_id": self.patient_id,
                "dedupe_key": f"{subject_id}:v{version}",
                "subject_kind": "thing",
                "subject_id": subject_id,
                "subject_version": version,
                "due_at": unit.now,
                "not_after_at": unit.now + timedelta(hours=2),
            }
            wanted = service.Wanted(**{**defaults, **values})
            return service.queue_message(unit.session, wanted, now=unit.now).id

    @property
    def post(self) -> Post:
        """What a worker sends with."""
        gateways = [self.gateway, *self.others]
        return Post(self.database, gateways, self.sender, {"thing": one_by_one(self.still_true)})

    def send(self) -> int:
        """Let the worker run once."""
        return send_due(self.post)

    def read_reports(self) -> int:
        """Let the job that reads reports run once, after the shortest wait for a lost answer."""
        return read_reports(self.post)

    def chase(self) -> int:
        """Let the job run that asks for calls."""
        return chase(self.post)

    def tries(self) -> list[Delivery]:
        """Read all attempts, oldest first."""
        with self.database.read() as unit:
            found = list(
                unit.session.exec(select(Delivery).order_by(col(Delivery.started_at), col(Delivery.id)))
            )
            unit.session.expunge_all()
            return found

    def message(self, message_id: UUID) -> OutboxMessage:
        """Read a message as it stands."""
        with self.database.read() as unit:
            message = unit.session.get_one(OutboxMessage, message_id)
            unit.session.expunge(message)
            return message

    def states(self) -> list[str]:
        """Read the states of all messages, oldest first."""
        with self.database.read() as unit:
            return list(unit.session.exec(select(OutboxMessage.state).order_by(OutboxMessage.id)))  # type: ignore[arg-type]

    def report(self, message_id: UUID, outcome: Outcome) -> None:
        """Let the gateway report about a message."""
        self.gateway.waiting.append(Report(f"ref-{message_id}", outcome, self.clock.now()))
