"""Many appointments whose reminders fall due at one moment, for storms of sending.

appointments = fill_appointments(database, 10_000)
...                                             # the job of reminders runs, here or in workers
ids = reminders_of(database, appointments)
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select

from telehealth.followup.jobs import remind
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment, AppointmentEvent
from tests.support.booking import BookingWorld, make_booking_world

LEAD: Final = timedelta(hours=24)
_PHONE: Final = "0868 123 456"


def fill_appointments(database: Database, count: int) -> list[UUID]:
    """Let so many agreed appointments stand whose first reminder fell due a minute ago; return their ids.

    All are of one patient and one doctor, without claims: nothing is booked here, only told of.
    """
    now = SystemClock().now()
    with database.write() as unit:
        world = make_booking_world(unit.session, phone=_PHONE)
        ids = [new_id() for _ in range(count)]
        starts_at, agreed_at = now + LEAD - timedelta(minutes=1), now - timedelta(days=2)
        rows = [_appointment(world, each).model_dump() for each in ids]
        for row in rows:
            row |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=20)}
            row |= {"created_at": agreed_at}
        events = [
            {
                "id": new_id(),
                "appointment_id": each,
                "seq": 1,
                "from_status": "held",
                "to_status": "booked",
                "command": "confirm",
                "version": 2,
                "actor_kind": "staff",
                "actor_ref": world.nurse.ref,
                "at": agreed_at,
                "data": {},
            }
            for each in ids
        ]
        unit.session.execute(insert(Appointment), rows)
        unit.session.execute(insert(AppointmentEvent), events)
    return ids


def _appointment(world: BookingWorld, appointment_id: UUID) -> Appointment:
    return Appointment(
        id=appointment_id,
        code=appointment_id.hex,
        status="booked",
        version=2,
        service_type_id=world.service.id,
        visit_id=new_id(),
        patient_id=world.patients[0],
        consult_kind="remote_exam",
        station_facility_id=world.nurse.here,
        doctor_membership_id=world.doctors[0].ref,
        form_id=new_id(),
        held_by=world.nurse.ref,
        ical_uid=appointment_id.hex,
    )


def queue_reminders(database: Database) -> int:
    """Run the job of reminders once in this process; return how many it queued."""
    return remind(database, [LEAD])


def reminders_of(database: Database, appointments: Sequence[UUID]) -> list[UUID]:
    """Return the message of each appointment; the appointment itself where nobody wrote one."""
    with database.read() as unit:
        query = select(OutboxMessage.subject_id, OutboxMessage.id).where(
            col(OutboxMessage.lead_minutes).is_not(None)
        )
        found = dict(unit.session.exec(query).all())
    return [found.get(each, each) for each in appointments]
