"""One appointment as iCalendar: what is printed is read back, and nothing else can get in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telehealth.interop import rules
from telehealth.interop.rules import JOIN, NOT_SHOWN, STANDINGS, Entry, Standing
from telehealth.kit.spans import instant
from telehealth.scheduling.states import AppointmentState
from tests.support.clock import MONDAY_MORNING
from tests.telehealth.interop.calendars import as_entry, events_of, parse, text_of

READER = UUID(int=7)
NOW = MONDAY_MORNING

TEXTS = st.text(max_size=60).map(rules.one_line).filter(lambda text: text and JOIN.strip() not in text)
INSTANTS = st.integers(1_577_836_800, 2_208_988_800).map(instant)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    starts_at = draw(INSTANTS)
    return Entry(
        uid=f"{draw(st.uuids())}@telehealth-xa",
        sequence=draw(st.integers(0, 1000)),
        standing=draw(st.sampled_from(Standing)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.integers(5, 240))),
        changed_at=draw(INSTANTS),
        code=draw(st.from_regex(r"[0-9A-Z]{4}-[0-9A-Z]{4}", fullmatch=True)),
        station_id=draw(st.uuids()),
        station=draw(TEXTS),
        place=draw(TEXTS),
        url=f"https://kham.example.vn/appointments/{draw(st.uuids())}",
    )


ENTRY = Entry(
    uid="0190d8fa-0000-7000-8000-000000000001@telehealth-xa",
    sequence=0,
    standing=Standing.CONFIRMED,
    starts_at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 2, 50, tzinfo=UTC),
    changed_at=NOW,
    code="4KD2-9QXA",
    station_id=UUID(int=1),
    station="TYT xã Phủ Thông",
    place="Trạm Y tế xã Phủ Thông, Thôn Nà Ít",
    url="https://kham.example.vn/appointments/1",
)
OFF = replace(ENTRY, standing=Standing.CANCELLED, sequence=1)


@given(st.lists(entries(), max_size=4).map(tuple), TEXTS)
@example((), "Trạm A, xã B; thôn C")
def test_a_feed_read_back_is_what_was_printed(shown: tuple[Entry, ...], name: str) -> None:
    body = rules.feed(name, shown)
    read = events_of(body)
    assert tuple(as_entry(event, entry.station_id) for event, entry in zip(read, shown, strict=True)) == shown
    calendar = parse(body)
    assert text_of(calendar["x-wr-calname"]) == text_of(calendar["name"]) == name
    assert "method" not in calendar


@given(entries())
@example(replace(ENTRY, station="Trạm Na\\"))
def test_an_invite_read_back_is_what_was_printed(entry: Entry) -> None:
    body = rules.invite(entry, reader_id=READER, now=NOW)
    (event,) = events_of(body)
    assert as_entry(event, entry.station_id) == entry
    assert event.decoded("dtstamp") == NOW
    assert event["organizer"] == f"urn:uuid:{entry.station_id}"
    assert event["organizer"].params["CN"] == entry.station.replace("\\", "/")


def test_an_invite_asks_to_be_added_and_reminds() -> None:
    body = rules.invite(ENTRY, reader_id=READER, now=NOW)
    assert str(parse(body)["method"]) == "REQUEST"
    (event,) = events_of(body)
    assert (str(event["status"]), str(event["transp"]), str(event["class"])) == (
        "CONFIRMED",
        "OPAQUE",
        "PRIVATE",
    )
    assert str(event["summary"]) == "Khám từ xa – TYT xã Phủ Thông – 4KD2-9QXA"
    assert b"DTSTART:20261123T023000Z" in body
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(minutes=-15)
    assert (event["attendee"], event["attendee"].params["RSVP"]) == (f"urn:uuid:{READER}", "FALSE")


def test_what_was_called_off_is_taken_away_under_the_same_uid_and_rings_no_more() -> None:
    body = rules.invite(OFF, reader_id=READER, now=NOW)
    assert str(parse(body)["method"]) == "CANCEL"
    (event,) = events_of(body)
    assert (str(event["uid"]), str(event["status"]), str(event["transp"])) == (
        ENTRY.uid,
        "CANCELLED",
        "TRANSPARENT",
    )
    assert event.walk("VALARM") == []


def test_every_state_is_shown_somehow_or_said_not_to_be() -> None:
    assert set(STANDINGS) | NOT_SHOWN == set(AppointmentState)
    assert not set(STANDINGS) & NOT_SHOWN


@given(st.text())
def test_no_text_begins_a_line_of_its_own(text: str) -> None:
    line = rules.one_line(text)
    assert line.isprintable()
    assert rules.one_line(line) == line


def test_a_calendar_says_how_often_to_look() -> None:
    calendar = parse(rules.feed("Khám từ xa", ()))
    assert calendar.decoded("refresh-interval") == timedelta(hours=6)
    assert str(calendar["version"]) == "2.0"


def test_an_empty_calendar_is_a_calendar() -> None:
    calendar = parse(rules.feed("Khám từ xa", ()))
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]


def test_the_tag_follows_the_entries_and_the_name() -> None:
    tags = {
        rules.feed_tag("a", ()),
        rules.feed_tag("b", ()),
        rules.feed_tag("a", (ENTRY,)),
        rules.feed_tag("a", (OFF,)),
    }
    assert len(tags) == 4
    assert rules.feed_tag("a", (ENTRY,)) == rules.feed_tag("a", (replace(ENTRY),))


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        (None, False),
        ("", False),
        ('W/"abc"', True),
        ('"abc"', True),
        ('"x", W/"abc"', True),
        ("*", True),
        ('W/"abcd"', False),
    ],
)
def test_a_reader_who_holds_the_tag_holds_the_calendar(header: str | None, holds: bool) -> None:
    assert rules.matches('W/"abc"', header) is holds
