"""A gateway made of files: for the demonstration, for tests, and for a station without a contract.

Texts are JSON lines in `sent.jsonl`, delivery reports in `receipts.jsonl`, as a carrier would give
them: it assigns its own references, knows a repeated request by ours, and reports later. Two kinds
of numbers let failure be seen: those ending in 99 are refused as nobody's, those ending in 98 are
accepted and then reported undelivered.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from telehealth.kit.security import base62
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

NOBODYS_ENDING: Final = "99"
SILENT_ENDING: Final = "98"
REPORTS_AFTER: Final = timedelta(seconds=2)
"""How long the pretended network takes to reach a phone."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One text as it lies in the file."""

    provider_ref: str
    reference: str
    to: str
    text: str
    at: datetime


class FileGateway:
    """Implements `messaging.ports.Gateway` over two files in one folder."""

    name = "file"
    traits = Traits(reports=True, can_find=True)

    def __init__(self, folder: Path) -> None:
        self._sent = folder / "sent.jsonl"
        self._receipts = folder / "receipts.jsonl"
        self._lock = threading.Lock()
        self._sent_to = self._receipts_to = 0
        self._refs: dict[str, str] = {}
        self._on_the_way: dict[str, Handed] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:
        """Write the text down for good; the same reference twice is one text.

        Raises GatewayError: permanent for a number that is nobody's.
        """
        if outgoing.to.endswith(NOBODYS_ENDING):
            raise GatewayError(Fault.PERMANENT, "no-such-number")
        reference = str(outgoing.reference)
        with self._lock:
            self._catch_up()
            if reference not in self._refs:
                handed = Handed(base62(outgoing.reference.bytes), reference, outgoing.to, outgoing.text, now)
                _append(self._sent, {**asdict(handed), "at": now.isoformat()})
                self._catch_up()
            return self._refs[reference]

    def find(self, reference: UUID) -> str | None:
        """Return the reference given to a text of ours, None if it was never written."""
        with self._lock:
            self._catch_up()
            return self._refs.get(str(reference))

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:  # noqa: ARG002  (as every gateway)
        """Let the network report what is due; return the reports this process has not seen."""
        with self._lock:
            self._catch_up()
            reports = self._new_reports()
            for each in [h for h in self._on_the_way.values() if h.at + REPORTS_AFTER <= now]:
                outcome = Outcome.UNDELIVERED if each.to.endswith(SILENT_ENDING) else Outcome.DELIVERED
                line = {"provider_ref": each.provider_ref, "outcome": outcome, "at": now.isoformat()}
                _append(self._receipts, line)
            return reports + self._new_reports()

    def close(self) -> None:
        """Nothing is kept open."""

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:  # noqa: ARG002  (as every gateway)
        """Refuse: files call nobody."""
        raise ForgedCallbackError

    def _catch_up(self) -> None:
        """Read what this and other processes handed over since the last look."""
        lines, self._sent_to = _read_lines(self._sent, self._sent_to)
        for handed in map(_handed, lines):
            self._refs[handed.reference] = handed.provider_ref
            self._on_the_way[handed.provider_ref] = handed

    def _new_reports(self) -> list[Report]:
        lines, self._receipts_to = _read_lines(self._receipts, self._receipts_to)
        for line in lines:
            self._on_the_way.pop(line["provider_ref"], None)
        return [
            Report(line["provider_ref"], Outcome(line["outcome"]), datetime.fromisoformat(line["at"]))
            for line in lines
        ]


def handed_over(folder: Path) -> list[Handed]:
    """Return every text ever handed over in the folder, oldest first."""
    lines, _ = _read_lines(folder / "sent.jsonl", 0)
    return [_handed(line) for line in lines]


def _handed(line: dict[str, Any]) -> Handed:
    at = datetime.fromisoformat(line["at"])
    return Handed(line["provider_ref"], line["reference"], line["to"], line["text"], at)


def _append(path: Path, line: dict[str, Any]) -> None:
    """Write one line so that it survives a power cut once this returns."""
    with path.open("ab") as file:
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _read_lines(path: Path, start: int) -> tuple[list[dict[str, Any]], int]:
    """Return the whole lines from a byte on, and where they end; a torn last line waits."""
    if not path.exists():
        return [], start
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], start + len(whole)
