"""A room taken over by a server, as the tests of the slice play it."""

from datetime import datetime
from uuid import UUID, uuid4

from signaling.errors import Code, SignalingError
from signaling.ports import Admission, JotKind, Jotting, MemberJoined, Presented
from telehealth.calls import service
from telehealth.calls.ports import CallPorts
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from tests.support.visits import VisitWorld


def redeem(ports: CallPorts, ticket: str, *, resume_hash: str, now: datetime) -> Admission:
    """Come with one ticket; raise SignalingError where it opens nothing."""
    presented = Presented(ticket, resume_hash, now)
    found = ports.redeem_tickets([presented])[presented]
    if isinstance(found, Code):
        raise SignalingError(found)
    return found


class OpenRoom:
    """A room taken over by a server, into which people come."""

    def __init__(self, database: Database, world: VisitWorld, ports: CallPorts) -> None:
        self.database, self.world, self.ports = database, world, ports
        self.orders = 0
        self.room_id: UUID | None = None
        self.epoch = 0

    @property
    def now(self):  # type: ignore[no-untyped-def]
        return self.database.clock.now()

    def come(self, actor: Actor) -> Admission:
        return self.come_with(self.ticket(actor))

    def ticket(self, actor: Actor) -> str:
        with self.database.write() as unit:
            return service.issue_ticket(unit.session, actor, self.world.appointment.id, now=unit.now)

    def come_with(self, ticket: str) -> Admission:
        admission = redeem(self.ports, ticket, resume_hash=uuid4().hex, now=self.now)
        if self.room_id is None:
            self.room_id = admission.room_id
            self.epoch = self.ports.open_room(admission.room_id, now=self.now).epoch
        self.orders += 1
        who = admission.participant_id
        self.keep(MemberJoined(who, self.orders, f"hash-{self.orders}", admission.admitted, self.now))
        return admission

    def places(self, *secrets: str) -> list[Admission | Code]:
        found = self.ports.find_places(secrets, now=self.now)
        return [found[each] for each in secrets]

    def keep(self, *records: object) -> None:
        assert self.room_id is not None
        self.ports.record(self.room_id, self.epoch, records, now=self.now)  # type: ignore[arg-type]

    def jot(self, admission: Admission, *kinds: str) -> None:
        who = (admission.room_id, admission.participant_id)
        self.ports.jot([Jotting(*who, JotKind(kind), self.now) for kind in kinds], now=self.now)

    def status(self) -> AppointmentState:
        with self.database.read() as unit:
            return AppointmentState(unit.session.get_one(Appointment, self.world.appointment.id).status)
