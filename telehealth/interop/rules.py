"""Appointments as iCalendar objects (RFC 5545, RFC 5546, RFC 7986).

Nothing of the patient comes in, so nothing of the patient can go out: no name, no reason, no specialty.
The words are Vietnamese only: the program that fetches a calendar speaks for no reader.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from uuid import UUID

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vDuration, vText

from telehealth.scheduling.states import AppointmentState
from telehealth.staff.rules import Role

PRODUCT: Final = "-//Telehealth xã//Lịch hẹn 1//VI"
TITLE: Final = "Khám từ xa"
JOIN: Final = " – "
AT_HOME: Final = "Ở nhà, qua điện thoại"

WINDOW: Final = (timedelta(days=30), timedelta(days=180))
"""How far back and ahead a feed reaches."""

REFRESH: Final = timedelta(hours=6)
"""How often calendars are asked to look; Google and Outlook keep their own pace, up to a day."""

REMINDER: Final = timedelta(minutes=15)
NOTE_EVERY: Final = timedelta(hours=12)
"""How long after one noted reading the next is noted: reading is no write each time."""

MAX_FEEDS: Final = 5


class OwnerKind(StrEnum):
    """Whose appointments a feed shows."""

    MEMBERSHIP = "membership"
    FACILITY = "facility"


OWNERS: Final = MappingProxyType(
    {
        Role.DOCTOR: OwnerKind.MEMBERSHIP,
        Role.COORDINATOR: OwnerKind.FACILITY,
        Role.MANAGER: OwnerKind.FACILITY,
    }
)
"""Which feed a role makes; the others make none."""


class Standing(StrEnum):
    """How an appointment stands in a calendar."""

    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


_S = AppointmentState

STANDINGS: Final = MappingProxyType(
    {
        _S.BOOKED: Standing.CONFIRMED,
        _S.CHECKED_IN: Standing.CONFIRMED,
        _S.IN_PROGRESS: Standing.CONFIRMED,
        _S.FULFILLED: Standing.CONFIRMED,
        _S.CANCELLED: Standing.CANCELLED,
        _S.NO_SHOW: Standing.CANCELLED,
        _S.ABORTED: Standing.CANCELLED,
    }
)

NOT_SHOWN: Final = frozenset({_S.HELD, _S.REQUESTED, _S.REJECTED, _S.EXPIRED})
"""States in which nothing has been agreed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment as a calendar shows it."""

    uid: str
    sequence: int
    standing: Standing
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    code: str
    station_id: UUID
    station: str
    place: str
    url: str

    @property
    def summary(self) -> str:
        """The one line a calendar shows."""
        return JOIN.join((TITLE, self.station, self.code))


def one_line(text: str) -> str:
    """Return a text as one printable line: nothing in it can begin a property of its own."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def invite(entry: Entry, *, reader_id: UUID, now: datetime) -> bytes:
    """Return one appointment to be added to the reader's calendar, or taken off it (RFC 5546 3.2.2, 3.2.5).

    Organiser and reader are named by opaque ids: nobody is to be sent mail about it.
    """
    calendar = _calendar()
    calendar.add("method", method_of(entry))
    event = _event(entry, stamped_at=now)
    organizer = vCalAddress(f"urn:uuid:{entry.station_id}")
    # A backslash means nothing in a parameter (RFC 5545 3.2), but programs take it for an escape.
    organizer.params["CN"] = entry.station.replace("\\", "/")
    event.add("organizer", organizer)
    reader = vCalAddress(f"urn:uuid:{reader_id}")
    reader.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    event.add("attendee", reader)
    if entry.standing is Standing.CONFIRMED:
        event.add_component(_reminder(entry))
    calendar.add_component(event)
    return _printed(calendar)


def method_of(entry: Entry) -> str:
    """Return the METHOD of an appointment sent by itself."""
    return "CANCEL" if entry.standing is Standing.CANCELLED else "REQUEST"


def feed(name: str, entries: tuple[Entry, ...]) -> bytes:
    """Return a calendar to subscribe to; the same entries always give the same bytes."""
    calendar = _calendar()
    calendar.add("name", vText(name))
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for entry in entries:
        calendar.add_component(_event(entry, stamped_at=entry.changed_at))
    if not entries:
        calendar.add_component(_universal_time())
    return _printed(calendar)


def feed_tag(name: str, entries: tuple[Entry, ...]) -> str:
    """Return the entity tag of a feed, without printing it: weak, because it may travel packed."""
    return f'W/"{sha256(repr((PRODUCT, name, entries)).encode()).hexdigest()[:32]}"'


def matches(tag: str, if_none_match: str | None) -> bool:
    """Tell whether a reader holds what the tag stands for (RFC 9110 13.1.2, weak comparison)."""
    held = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    return tag.removeprefix("W/") in held or "*" in held


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _printed(calendar: Calendar) -> bytes:
    printed: bytes = calendar.to_ical()
    return printed


def _event(entry: Entry, *, stamped_at: datetime) -> Event:
    is_off = entry.standing is Standing.CANCELLED
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamped_at.replace(microsecond=0))
    event.add("last-modified", entry.changed_at.replace(microsecond=0))
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("status", str(entry.standing))
    event.add("summary", entry.summary)
    event.add("location", entry.place)
    event.add("url", entry.url)
    # Whoever shares their calendar shares that they are busy, no more.
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if is_off else "OPAQUE")
    return event


def _universal_time() -> Timezone:
    """Return what fills an empty calendar: one without any component is none (RFC 5545 3.6)."""
    zone, offset = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    offset.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  (by definition a local time)
    offset.add("tzoffsetfrom", timedelta())
    offset.add("tzoffsetto", timedelta())
    zone.add_component(offset)
    return zone


def _reminder(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -REMINDER)
    alarm.add("description", entry.summary)
    return alarm
