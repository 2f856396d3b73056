"""In which forms a call was held, read from its journal: with a picture, by sound alone, by phone. Pure.

What counts is whether the doctor could see the patient's side; that the doctor's own picture was switched off
makes no examination another one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from telehealth.calls.journals import Entry
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.visits.rules import Modality

SEEN: Final = timedelta(seconds=10)
"""A picture that was there for less was no form of the visit: a camera is switched off on coming in, too."""

_SIDE: Final = frozenset({MemberRole.STATION, MemberRole.PATIENT})
_CAME: Final = frozenset({EventKind.JOINED, EventKind.KNOCKED})
_LET_IN: Final = frozenset({EventKind.JOINED, EventKind.ADMITTED})
_WITHOUT_PICTURE: Final = frozenset({"audio", "phone"})
_OFF: Final = "off"


@dataclass(slots=True)
class _Side:
    """Somebody of the patient's side: are they in the call, is the camera on, does the line carry it."""

    is_there: bool = False
    has_camera: bool = True
    has_line: bool = True

    @property
    def is_seen(self) -> bool:
        return self.is_there and self.has_camera and self.has_line


def forms_of(entries: Iterable[Entry], *, is_by_phone: bool, until: datetime) -> tuple[Modality, ...]:
    """Return the forms a call went through since it was opened last; the last one is how it ended.

    None where nobody of the patient's side met the doctor and nobody is rung up: nothing was held.
    """
    ended_seen, seen_for = _seen(_last_opening(entries), until)
    forms = []
    if ended_seen or seen_for >= SEEN:
        forms.append(Modality.VIDEO)
    if ended_seen is False:
        forms.append(Modality.AUDIO)
    return (*forms, Modality.PHONE) if is_by_phone else tuple(forms)


def have_met(entries: Iterable[Entry]) -> bool:
    """Tell whether the doctor and somebody of the patient's side were in a call together, since it was
    opened last.
    """
    return _met_with(_last_opening(entries)) is not None


def _met_with(entries: Sequence[Entry]) -> int | None:
    """Return with which entry doctor and patient's side were first there together; None if they never were.

    Roles are those people have now: who gave the call over was its doctor until then.
    """
    before = {entry.member_id for entry in entries if entry.kind is EventKind.HANDED_OVER}
    there: dict[UUID | None, MemberRole] = {}
    for index, entry in enumerate(entries):
        if entry.kind in _LET_IN and entry.role is not None:
            there[entry.member_id] = MemberRole.DOCTOR if entry.member_id in before else entry.role
        elif entry.kind is EventKind.LEFT:
            there.pop(entry.member_id, None)
        elif entry.kind is EventKind.HANDED_OVER:
            before.discard(entry.member_id)
            if entry.member_id in there:
                there[entry.member_id] = MemberRole.GUEST
        roles = set(there.values())
        if MemberRole.DOCTOR in roles and roles & _SIDE:
            return index
    return None


def _last_opening(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries since the call was opened again; coming in is before a camera that was off."""
    kept: list[Entry] = []
    for entry in entries:
        kept = [] if entry.kind is EventKind.REOPENED else [*kept, entry]
    return sorted(kept, key=lambda entry: (entry.at, entry.kind is EventKind.PICTURE))


def _seen(entries: Sequence[Entry], until: datetime) -> tuple[bool | None, timedelta]:
    """Return whether a picture was there at the last (None: the doctor met nobody), and for how long in all.

    What was there before they met was seen by nobody.
    """
    met_with = _met_with(entries)
    if met_with is None:
        return None, timedelta()
    sides: dict[UUID | None, _Side] = {}
    last, total = False, timedelta()
    seen_since: datetime | None = None
    for index, entry in enumerate(entries):
        if seen_since is not None:
            total += entry.at - seen_since
        if entry.role in _SIDE:
            _apply(sides.setdefault(entry.member_id, _Side()), entry)
        there = [each for each in sides.values() if each.is_there]
        is_seen = index >= met_with and any(each.is_seen for each in there)
        if there:
            last = is_seen
        seen_since = entry.at if is_seen else None
    if seen_since is not None:
        total += max(timedelta(), until - seen_since)
    return last, total


def _apply(side: _Side, entry: Entry) -> None:
    """Let an entry change what is known of somebody."""
    said = (entry.reason or "").split(":")
    if entry.kind in _CAME:
        side.has_camera = side.has_line = True
        side.is_there = side.is_there or entry.kind is EventKind.JOINED
    elif entry.kind is EventKind.ADMITTED:
        side.is_there = True
    elif entry.kind is EventKind.LEFT:
        side.is_there = False
    elif entry.kind is EventKind.PICTURE:
        side.has_camera = said[0] != _OFF
    elif entry.kind is EventKind.LEVEL and said[-1] == MemberRole.DOCTOR:
        side.has_line = said[0] not in _WITHOUT_PICTURE
