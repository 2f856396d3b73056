"""What the journal of a call says: who was there, whose line broke, whose absence it looks like. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from telehealth.calls.rules import BACK, GONE, EventKind, MemberRole
from telehealth.scheduling.rules import AbsentParty, PatientPlace

LONG_ENOUGH: Final = timedelta(minutes=5)
"""Whoever was there for so long is not the one who was missing."""

CAME: Final = frozenset({EventKind.JOINED, EventKind.KNOCKED})
BROKE: Final = frozenset({EventKind.LOST})


class Why(StrEnum):
    """What a suggestion rests on; the words for people are in the catalogue under `calls.why`."""

    LINE_BROKE = "line_broke"
    LINE_WEAK = "line_weak"
    DOCTOR_NEVER_CAME = "doctor_never_came"
    STATION_NEVER_CAME = "station_never_came"
    PATIENT_NEVER_CAME = "patient_never_came"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a call's journal; `role` is that of the member it is about, where it is about one."""

    kind: EventKind
    at: datetime
    role: MemberRole | None = None
    reason: str | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Whose absence the journal looks like, and why; whoever notes the absence decides."""

    party: AbsentParty
    why: Why
    role: MemberRole | None = None
    at: datetime | None = None


def suggest(
    entries: Sequence[Entry],
    *,
    place: PatientPlace,
    is_line_weak: bool,
    starts_at: datetime,
    now: datetime,
) -> Suggestion | None:
    """Suggest who was absent from a call that did not come about; None where the journal cannot tell.

    A broken line comes first: whoever tried and lost it did not fail to come, unless they had waited long for
    the other side by then. `is_line_weak`: the last check of the station's line advised the phone. Silence
    alone, nobody having come, proves nothing; nor does who only looked in, or was gone by the hour.
    """
    entries = [entry for entry in entries if entry.role is not MemberRole.GUEST]
    came = {entry.role: entry.at for entry in reversed(entries) if entry.kind in CAME}
    waiting = _roles_that_waited(entries, since=starts_at, now=now)
    broken = _broken_for_good(entries)
    if broken is not None and (_have_come(came) or broken.role not in waiting):
        return Suggestion(AbsentParty.NETWORK, Why.LINE_BROKE, broken.role, broken.at)
    waited = [at for role, at in came.items() if role in waiting]
    if not waited:
        return Suggestion(AbsentParty.NETWORK, Why.LINE_WEAK) if is_line_weak and not came else None
    if MemberRole.DOCTOR not in came:
        return Suggestion(AbsentParty.DOCTOR, Why.DOCTOR_NEVER_CAME, at=min(waited))
    if MemberRole.STATION not in came and place is PatientPlace.STATION:
        why = Why.LINE_WEAK if is_line_weak else Why.STATION_NEVER_CAME
        party = AbsentParty.NETWORK if is_line_weak else AbsentParty.STATION
        return Suggestion(party, why, at=min(waited))
    if MemberRole.PATIENT not in came and place is PatientPlace.HOME:
        return Suggestion(AbsentParty.PATIENT, Why.PATIENT_NEVER_CAME, at=min(waited))
    return None


def _have_come(came: Collection[MemberRole | None]) -> bool:
    """Tell whether the doctor and somebody of the other side were there."""
    return MemberRole.DOCTOR in came and len(came) > 1


def _roles_that_waited(entries: Iterable[Entry], *, since: datetime, now: datetime) -> set[MemberRole | None]:
    """Return as what somebody was reached in the room for long enough in all, from `since` on."""
    came: dict[tuple[MemberRole | None, UUID | None], datetime] = {}
    stayed: dict[tuple[MemberRole | None, UUID | None], timedelta] = {}
    for entry in (*entries, Entry(EventKind.ENDED, now)):
        who = (entry.role, entry.member_id)
        if entry.kind in CAME | BACK:
            came.setdefault(who, entry.at)
        elif entry.kind is EventKind.ENDED or entry.kind in GONE | {EventKind.LEFT}:
            for each in list(came) if entry.kind is EventKind.ENDED else {who} & came.keys():
                stay = entry.at - max(came.pop(each), since)
                stayed[each] = stayed.get(each, timedelta()) + max(stay, timedelta())
    return {role for (role, _), stay in stayed.items() if stay >= LONG_ENOUGH}


def _broken_for_good(entries: Iterable[Entry]) -> Entry | None:
    """Return the latest break after which its party never came back."""
    open_breaks: dict[MemberRole | None, Entry] = {}
    for entry in entries:
        if entry.kind in BROKE or (entry.kind is EventKind.LEFT and entry.reason == "lost"):
            open_breaks[entry.role] = open_breaks.get(entry.role, entry)
        elif entry.kind is EventKind.RETURNED or entry.kind in CAME:
            open_breaks.pop(entry.role, None)
    return max(open_breaks.values(), key=lambda entry: entry.at, default=None)
