"""`telehealth worker` processes beside each other on one PostgreSQL database, and an outbox full of texts."""

import json
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import col, func, select

from telehealth.followup.models import Plan
from telehealth.followup.rules import Subject
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service.queueing import address
from telehealth.messaging.states import MessageState
from tests.support import processes
from tests.support.servers import ROOT
from tests.support.sms_vendors import SmsVendor
from tests.support.world import make_member, make_patient

PHONE = "+84868123456"


def fill_outbox(database: Database, count: int) -> list[UUID]:
    """Put so many texts into the outbox that are due by the machine's clock; return their ids."""
    now = SystemClock().now()
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse)
        plan = Plan(
            visit_id=new_id(),
            patient_id=patient.id,
            station_facility_id=nurse.here,
            facility_id=nurse.here,
            due_on=now.date() + timedelta(days=5),
            due_from=now.date() + timedelta(days=3),
            due_to=now.date() + timedelta(days=7),
            from_minute=450,
            until_minute=660,
            state="planned",
            created_at=now,
        )
        unit.session.add(plan)
        unit.session.flush()
        messages = [
            OutboxMessage(
                dedupe_key=f"{plan.id}:{number}",
                facility_id=nurse.here,
                patient_id=patient.id,
                template="appointment_cancelled",
                params={"facility": "TYT Phu Thong", "date": "25/11", "time": "08:30", "phone": ""},
                subject_kind=Subject.PLAN,
                subject_id=plan.id,
                subject_version=1,
                state=MessageState.QUEUED,
                due_at=now,
                not_after_at=now + timedelta(days=4),
                next_try_at=now,
                queued_at=now,
            )
            for number in range(count)
        ]
        for each in messages:
            address(unit.session, each, PHONE)
        unit.session.add_all(messages)
        return [each.id for each in messages]


def settings_for(database: Database, folder: Path, vendors: Mapping[str, SmsVendor]) -> dict[str, str]:
    """Return the settings of a worker that sends by these vendors, the first one first."""
    database.keyring.save(folder / "keys.json")
    own = {"TELEHEALTH_DATA_DIR": str(folder), "TELEHEALTH_DATABASE_URL": database.url}
    own |= {"TELEHEALTH_SMS_GATEWAY": ",".join(vendors), "TELEHEALTH_SMS_QUIET": ""}
    own |= {"TELEHEALTH_TIME_ZONE": far_from_midnight()}
    own |= {"TELEHEALTH_SMS_PER_NUMBER": "1000000", "TELEHEALTH_SMS_PER_FACILITY": "1000000"}
    if "esms" in vendors:
        own |= {"TELEHEALTH_SMS_ESMS_URL": vendors["esms"].address}
        own |= {"TELEHEALTH_SMS_ESMS_KEY": "key", "TELEHEALTH_SMS_ESMS_SECRET": "secret"}
    if "http" in vendors:
        address = vendors["http"].address
        body = {"to": "$to", "content": "$text", "reference": "$reference"}
        own |= {"TELEHEALTH_SMS_HTTP_URL": address, "TELEHEALTH_SMS_HTTP_BODY": json.dumps(body)}
        own |= {"TELEHEALTH_SMS_HTTP_SUCCESS": "status = success", "TELEHEALTH_SMS_HTTP_REFERENCE": "data.id"}
        own |= {"TELEHEALTH_SMS_HTTP_STATUS_URL": f"{address}/?reference=$reference"}
    return own


def far_from_midnight() -> str:
    """Return a zone whose day does not end soon: vendors forget references with it."""
    return "Etc/UTC" if 6 <= SystemClock().now().hour < 18 else "Etc/GMT+12"


class SmsWorker:
    """One worker process; may be killed and started again."""

    def __init__(self, name: str, folder: Path, settings: Mapping[str, str]) -> None:
        self.log = folder / f"{name}.log"
        self._settings = settings
        self._pid: int | None = None

    def start(self) -> None:
        """Start it and wait until it works."""
        began = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "telehealth.cli", "worker"]
        child = processes.start(command, log=self.log, env=self._settings, cwd=ROOT)
        self._pid = child.pid
        processes.wait_for_start(
            child, lambda: b"worker started" in self.log.read_bytes()[began:], log=self.log, seconds=120
        )

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._pid is not None
        return self._pid

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it by its id; `how=signal.SIGKILL` gives it no chance to tidy up."""
        if self._pid is not None:
            processes.stop(self._pid, how=how, seconds=60)
            self._pid = None


def count_in(database: Database, *states: MessageState) -> int:
    """Count the messages in these states."""
    with database.read() as unit:
        query = select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.state).in_(states))
        return unit.session.exec(query).one()
