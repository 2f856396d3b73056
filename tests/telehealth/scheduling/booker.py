"""A process that books as fast as it can and says what was acknowledged; made to be killed.

python -m tests.telehealth.scheduling.booker DATABASE_URL KEYS_FILE WORLD_FILE
"""

import json
import os
import random
import sys
import threading
from datetime import datetime
from pathlib import Path
from uuid import UUID

from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.kit.retries import run_write
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest
from telehealth.staff.queries import find_membership_actor
from tests.support.booking import TODAY
from tests.support.clock import FixedClock

THREADS = 3


def main(url: str, keys: str, world: str) -> None:
    """Book random slots for ever."""
    database = Database(url, clock=FixedClock(), keyring=Keyring.load_or_create(Path(keys)))
    plan = json.loads(Path(world).read_text())
    threads = [threading.Thread(target=_book_for_ever, args=(database, plan)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()


def _book_for_ever(database: Database, plan: dict[str, list[str]]) -> None:
    while True:
        request = HoldRequest(
            form_id=new_id(),
            visit_id=new_id(),
            patient_id=UUID(random.choice(plan["patients"])),
            doctor_membership_id=UUID(random.choice(plan["doctors"])),
            starts_at=datetime.fromisoformat(random.choice(plan["starts"])),
            consult_kind="remote_exam",
        )
        try:
            booked = run_write(database, lambda unit, request=request: _book(unit, plan["nurse"][0], request))
        except DomainError:
            continue
        os.write(sys.stdout.fileno(), f"{booked.id}\n".encode())  # whole lines, whichever thread is first


def _book(unit: Unit, nurse: str, request: HoldRequest) -> Appointment:
    actor = find_membership_actor(unit.session, UUID(nurse), today=TODAY)
    if actor is None:
        raise LookupError(nurse)
    held = service.hold(unit.session, actor, request, now=unit.now)
    return service.confirm(unit.session, actor, held.id, version=held.version, now=unit.now)


if __name__ == "__main__":
    main(*sys.argv[1:])
