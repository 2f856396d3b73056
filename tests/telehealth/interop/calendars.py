"""Reading iCalendar back, as the programs that subscribe do."""

import re
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event

from telehealth.interop.rules import JOIN, Entry, Standing


def parse(body: bytes) -> Calendar:
    """Read a calendar; every line ends as it must and is folded as it must (RFC 5545 3.1)."""
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    return Calendar.from_ical(body)


def text_of(value: object) -> str:
    """Return the text of a property the library does not know to be one, and leaves as it was sent.

    RFC 5545 3.3.11: a backslash stands before commas, semicolons and itself; one line holds no others.
    """
    return re.sub(r"\\(.)", r"\1", str(value))


def events_of(body: bytes) -> list[Event]:
    """List the events of a calendar."""
    return list(parse(body).walk("VEVENT"))


def as_entry(event: Event, station_id: UUID) -> Entry:
    """Return what was printed; a feed does not print the station's id."""
    _, station, code = str(event["summary"]).split(JOIN)
    values: dict[str, Any] = {
        name: event.decoded(key)
        for name, key in (("starts_at", "dtstart"), ("ends_at", "dtend"), ("changed_at", "last-modified"))
    }
    return Entry(
        uid=str(event["uid"]),
        sequence=int(event["sequence"]),
        standing=Standing(str(event["status"])),
        code=code,
        station_id=station_id,
        station=station,
        place=str(event["location"]),
        url=str(event["url"]),
        **values,
    )
