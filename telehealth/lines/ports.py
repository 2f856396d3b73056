"""What the socket of a check asks of the domain."""

from datetime import datetime

from signaling.media.ports import CheckAccess
from telehealth.kit.db import Database
from telehealth.lines import service


class LinePorts:
    """Implements `signaling.media.ports.CheckPorts` over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def redeem(self, ticket: str, *, now: datetime) -> CheckAccess | None:
        """Use a ticket up; a patient's phone gets nothing of the relay before it is let into a call."""
        with self._database.write() as unit:
            held = service.redeem(unit.session, ticket, now=now)
            return None if held is None else CheckAccess(held.id, may_relay=held.facility_id is not None)
