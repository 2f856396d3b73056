"""A GSM modem behind gammu-smsd, spoken to through the daemon's database.

Its tables are the one of its interfaces that keeps our reference (`CreatorID`) from the queue to what was
sent, so that a lost answer can be asked about, and that tells what became of each part. Its spool of
files loses the reference, its command line gives none. Tables: docs/sql of gammu, version 18 (and the
older 13 to 17, which lack columns that are not named here).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from telehealth.kit.text import sms_length, sms_parts
from telehealth.messaging.ports import (
    NOTHING,
    Callback,
    Fault,
    ForgedCallbackError,
    GatewayError,
    Outcome,
    Outgoing,
    Report,
    Traits,
    Waiting,
)

OUTCOMES: Final = MappingProxyType(
    {
        "DeliveryOK": Outcome.DELIVERED,
        "DeliveryFailed": Outcome.UNDELIVERED,
        "SendingError": Outcome.UNDELIVERED,
        "Error": Outcome.UNDELIVERED,
    }
)
"""The daemon's states -> ours; the others (SendingOK, DeliveryPending …) are not final."""

_KNOWN = text(
    'SELECT "ID" FROM outbox WHERE "CreatorID" = :ours'
    ' UNION SELECT "ID" FROM sentitems WHERE "CreatorID" = :ours'
)
_QUEUE = text(
    'INSERT INTO outbox ("DestinationNumber", "TextDecoded", "Coding", "CreatorID", "MultiPart", "UDH",'
    ' "DeliveryReport", "Class")'
    " VALUES (:to, :text, :coding, :ours, :multi, :udh, 'yes', -1) RETURNING \"ID\""
)
_QUEUE_PART = text(
    'INSERT INTO outbox_multipart ("ID", "SequencePosition", "TextDecoded", "Coding", "UDH", "Class")'
    " VALUES (:id, :place, :text, :coding, :udh, -1)"
)
_SENT = text(
    'SELECT "ID", "CreatorID", "Status" FROM sentitems'
    ' WHERE "ID" IN :asked AND "ID" NOT IN (SELECT "ID" FROM outbox WHERE "ID" IN :asked)'
    ' ORDER BY "ID", "SequencePosition"'
).bindparams(bindparam("asked", expanding=True))
"""What was sent with all its parts: those still in the queue have some to go."""


class GammuGateway:
    """Implements `messaging.ports.Gateway` over the tables of one daemon."""

    name = "gammu"
    traits = Traits(reports=True, can_find=True, is_asked=True)

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(
            url, pool_size=2, max_overflow=30, pool_pre_ping=True, hide_parameters=True
        )

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:  # noqa: ARG002  (as every gateway)
        """Put a text into the daemon's queue, once for each reference.

        Only of a commit whose answer is lost nobody knows whether it was taken.
        """
        is_whole = False
        try:
            with self._engine.begin() as connection:
                number = self._queue(connection, outgoing)
                is_whole = True
        except DBAPIError as fault:
            if is_whole:
                raise GatewayError(Fault.UNKNOWN, "answer-lost") from None
            raise _uncommitted(fault) from None
        return number

    def _queue(self, connection: Connection, outgoing: Outgoing) -> str:
        ours = str(outgoing.reference)
        known = connection.execute(_KNOWN, {"ours": ours}).first()
        if known is not None:
            return str(known[0])
        parts = sms_parts(outgoing.text)
        coding = _coding(outgoing.text)
        headers = _joined(len(parts))
        first = {
            "to": outgoing.to,
            "text": parts[0],
            "coding": coding,
            "ours": ours,
            # A boolean column takes the word as well; SQLite's is text.
            "multi": "true" if len(parts) > 1 else "false",
            "udh": headers[0],
        }
        number = int(connection.execute(_QUEUE, first).scalar_one())
        for place, part in enumerate(parts[1:], 2):
            more = {"id": number, "place": place, "text": part, "coding": coding}
            connection.execute(_QUEUE_PART, {**more, "udh": headers[place - 1]})
        return str(number)

    def find(self, reference: UUID) -> str | None:
        """Look for a text of ours in the queue and in what was sent."""
        try:
            with self._engine.connect() as connection:
                known = connection.execute(_KNOWN, {"ours": str(reference)}).first()
        except DBAPIError:
            raise GatewayError(Fault.UNKNOWN, "answer-lost") from None
        return None if known is None else str(known[0])

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:
        """Return what became of the texts it is asked about, whatever order the modem sent them in.

        It remembers nothing: what could not be written down is read again. A row that is not ours (the
        daemon's tables were made anew and count from one again) tells nothing.
        """
        asked = {int(ref): str(ours) for ref, ours in waiting.items() if ref.isdecimal()}
        if not asked:
            return []
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(_SENT, {"asked": list(asked)}).all()
        except DBAPIError:
            raise GatewayError(Fault.TEMPORARY, "not-reached") from None
        statuses: dict[int, list[str]] = {}
        for number, creator, status in rows:
            if creator == asked[number]:
                statuses.setdefault(number, []).append(status)
        outcomes = {number: _outcome(found) for number, found in statuses.items()}
        return [
            Report(str(number), outcome, now, UUID(asked[number]))
            for number, outcome in outcomes.items()
            if outcome is not None
        ]

    def close(self) -> None:
        """Close the connections to the daemon's database."""
        self._engine.dispose()

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:  # noqa: ARG002  (as every gateway)
        """Refuse: the daemon calls nobody."""
        raise ForgedCallbackError


def _outcome(statuses: Sequence[str]) -> Outcome | None:
    """Return what all parts of a text come to: one that failed is a text that failed."""
    outcomes = [OUTCOMES.get(each) for each in statuses]
    if Outcome.UNDELIVERED in outcomes:
        return Outcome.UNDELIVERED
    return Outcome.DELIVERED if all(each is Outcome.DELIVERED for each in outcomes) else None


def _coding(message: str) -> str:
    is_plain = sms_length(message).encoding == "GSM-7"
    return "Default_No_Compression" if is_plain else "Unicode_No_Compression"


def _joined(count: int) -> list[str]:
    """Return the header of each part of a joined text (3GPP TS 23.040, 9.2.3.24.1); none for a single one."""
    if count == 1:
        return [""]
    common = secrets.token_hex(1).upper()
    return [f"050003{common}{count:02X}{place:02X}" for place in range(1, count + 1)]


def _uncommitted(fault: DBAPIError) -> GatewayError:
    """Return what it means that a statement failed: a database that is away, or tables that are not as ours.

    SQLite calls a table that is not there operational, as it does a lock.
    """
    is_away = isinstance(fault, OperationalError) and "no such table" not in str(fault.orig)
    if is_away or fault.connection_invalidated:
        return GatewayError(Fault.TEMPORARY, "not-reached")
    return GatewayError(Fault.CONFIGURATION, "tables-unusable")
