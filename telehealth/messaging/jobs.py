"""Timed work: send what is due, ask about what was lost, read the gateway's reports.

The gateway is called between units of work, never inside one.
"""

from typing import Final
from uuid import UUID

from telehealth.kit.db import Database
from telehealth.kit.logs import logger
from telehealth.messaging import queries, service
from telehealth.messaging.ports import Checkers, Fault, Gateway, GatewayError
from telehealth.messaging.service import Lease, Sender

BATCH: Final = 20


def send_due(database: Database, gateway: Gateway, sender: Sender, checkers: Checkers) -> int:
    """Send every message that is due, batch by batch; return how many were taken up.

    Looks before it leases: on SQLite each lease takes the only writer.
    """
    taken = 0
    while True:
        with database.read() as unit:
            if not queries.has_work(unit.session, now=unit.now):
                return taken
        with database.write() as unit:
            service.recover_leases(unit.session, now=unit.now)
            leases = service.lease_messages(unit.session, now=unit.now, limit=BATCH)
        for lease in leases:
            _send_one(database, gateway, sender, checkers, lease)
        taken += len(leases)
        if len(leases) < BATCH:
            return taken


def read_reports(database: Database, gateway: Gateway) -> int:
    """Apply the gateway's reports and ask about attempts whose answer was lost; return how many."""
    with database.read() as unit:
        lost = queries.list_lost_attempts(unit.session, gateway.name)
        now = unit.now
    for attempt_id, reference in lost:
        _ask(database, gateway, attempt_id, reference)
    reports = gateway.reports(now=now)
    if not reports:
        return len(lost)
    with database.write() as unit:
        new = sum(service.record_report(unit.session, gateway.name, each, now=unit.now) for each in reports)
    return new + len(lost)


def _send_one(database: Database, gateway: Gateway, sender: Sender, checkers: Checkers, lease: Lease) -> None:
    with database.write() as unit:
        prepared = service.prepare(unit.session, lease, sender, checkers, now=unit.now)
    if prepared is None:
        return
    try:
        provider_ref = gateway.send(prepared.outgoing, now=database.clock.now())
    except GatewayError as error:
        logger().warning("text not accepted", gateway=gateway.name, code=error.code, kind=error.fault)
        with database.write() as unit:
            service.record_fault(unit.session, prepared.attempt_id, error.fault, error.code, now=unit.now)
        return
    with database.write() as unit:
        service.record_accepted(unit.session, prepared.attempt_id, provider_ref, now=unit.now)


def _ask(database: Database, gateway: Gateway, attempt_id: UUID, reference: UUID) -> None:
    """Ask whether a text whose answer was lost had arrived; leave it unknown when that fails, too."""
    try:
        provider_ref = gateway.find(reference)
    except GatewayError as error:
        logger().warning("gateway could not be asked", gateway=gateway.name, code=error.code)
        return
    with database.write() as unit:
        if provider_ref is None:
            service.record_fault(unit.session, attempt_id, Fault.TEMPORARY, "never-arrived", now=unit.now)
        else:
            service.record_accepted(unit.session, attempt_id, provider_ref, now=unit.now)
