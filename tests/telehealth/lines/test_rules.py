"""From figures to verdicts: thresholds, advice, when to check, which stations need a better line."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.ids import new_id
from telehealth.lines.rules import (
    LEAD,
    ORDER,
    SPREAD_SECONDS,
    Checked,
    Device,
    Found,
    Mode,
    Way,
    advise,
    due_in,
    recommend,
    stand,
)
from web.i18n import has_text

NOW = datetime(2026, 11, 23, 0, tzinfo=UTC)
GOOD = Found(
    direct=Way.OK,
    relay_udp=Way.OK,
    relay_tcp=Way.OK,
    relay_tls=Way.OK,
    socket_ms=60,
    rtt_ms=60,
    up_kbps=2000,
    down_kbps=4000,
    up_lost=0,
    down_lost=0,
    up_jitter_ms=4,
    down_jitter_ms=4,
)

amounts = st.none() | st.integers(0, 5000)
anything = st.builds(
    Found,
    camera=st.none() | st.sampled_from(Device),
    microphone=st.none() | st.sampled_from(Device),
    speaker=st.none() | st.sampled_from(Device),
    direct=st.none() | st.sampled_from(Way),
    relay_udp=st.none() | st.sampled_from(Way),
    relay_tcp=st.none() | st.sampled_from(Way),
    relay_tls=st.none() | st.sampled_from(Way),
    socket_ms=amounts,
    rtt_ms=amounts,
    up_kbps=amounts,
    down_kbps=amounts,
    up_lost=st.none() | st.integers(0, 1000),
    down_lost=st.none() | st.integers(0, 1000),
    up_jitter_ms=amounts,
    down_jitter_ms=amounts,
)


@pytest.mark.parametrize(
    ("what", "mode"),
    [
        ({}, Mode.VIDEO),
        ({"up_kbps": 350}, Mode.VIDEO),
        ({"up_kbps": 349}, Mode.LOW_VIDEO),
        ({"down_kbps": 150}, Mode.LOW_VIDEO),
        ({"down_kbps": 149}, Mode.AUDIO),
        ({"up_kbps": 40}, Mode.AUDIO),
        ({"up_kbps": 39}, Mode.PHOTOS),
        ({"up_lost": 50}, Mode.VIDEO),
        ({"up_lost": 51}, Mode.LOW_VIDEO),
        ({"down_lost": 101}, Mode.AUDIO),
        ({"down_lost": 251}, Mode.PHOTOS),
        ({"rtt_ms": 1501}, Mode.AUDIO),
        ({"socket_ms": 3001}, Mode.PHONE),
        ({"socket_ms": None}, Mode.PHONE),
        ({"camera": Device.MISSING}, Mode.AUDIO),
        ({"microphone": Device.DENIED}, Mode.PHOTOS),
        ({"microphone": Device.OK, "camera": Device.OK, "speaker": Device.OK}, Mode.VIDEO),
        ({"speaker": Device.SILENT}, Mode.PHOTOS),
    ],
)
def test_the_mode_follows_the_worst_of_line_and_devices(what: dict[str, object], mode: Mode) -> None:
    assert recommend(replace(GOOD, **what)) is mode


SHUT = {"relay_udp": Way.FAILED, "relay_tcp": Way.FAILED, "relay_tls": Way.FAILED, "direct": Way.FAILED}
UNMEASURED = {"up_kbps": None, "down_kbps": None}


def test_who_could_not_be_measured_is_not_said_to_have_a_bad_line() -> None:
    shut, phone = replace(GOOD, **SHUT, **UNMEASURED), replace(GOOD, **UNMEASURED)
    assert (recommend(shut), advise(shut)) == (Mode.PHOTOS, ["no_way"])
    assert (recommend(phone), advise(phone)) == (Mode.AUDIO, ["not_measured"])


@pytest.mark.parametrize(
    ("what", "advice"),
    [
        ({}, []),
        ({"up_kbps": 200}, ["slow_up"]),
        ({"down_kbps": 200, "down_lost": 80}, ["slow_down", "lossy"]),
        ({"direct": Way.FAILED, "relay_udp": Way.FAILED}, ["no_udp"]),
        ({**SHUT, "direct": Way.OK}, ["no_relay"]),
        ({"up_jitter_ms": 150, "rtt_ms": 500}, ["uneven", "far"]),
        ({"camera": Device.BUSY, "speaker": Device.SILENT}, ["camera_busy", "speaker_silent"]),
        ({"socket_ms": None, "up_kbps": 1}, ["no_server"]),
    ],
)
def test_advice_says_what_to_do(what: dict[str, object], advice: list[str]) -> None:
    assert advise(replace(GOOD, **what)) == advice


@given(anything)
def test_every_verdict_and_every_advice_has_words(found: Found) -> None:
    assert has_text(f"lines.modes.{recommend(found)}")
    assert has_text(f"lines.mode_texts.{recommend(found)}")
    assert [key for key in advise(found) if not has_text(f"lines.advice.{key}")] == []


@given(anything, st.integers(1, 2000))
def test_a_better_line_is_never_advised_less(found: Found, more: int) -> None:
    if found.up_kbps is None or found.down_kbps is None:
        return
    better = replace(found, up_kbps=found.up_kbps + more, down_kbps=found.down_kbps + more)
    assert ORDER.index(recommend(better)) <= ORDER.index(recommend(found))


ids = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))


@given(ids, st.integers(-60, 600))
def test_an_open_page_checks_once_between_20_and_10_minutes_before(station: UUID, minutes: int) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    wait = due_in(starts_at, station, None, now=NOW)
    if minutes <= 0:
        assert wait is None
        return
    assert wait is not None
    at = NOW + wait
    assert wait >= timedelta(0)
    if minutes >= 20:
        assert starts_at - LEAD <= at < starts_at - LEAD + timedelta(seconds=SPREAD_SECONDS)
    else:
        assert wait <= timedelta(minutes=10)
    assert due_in(starts_at, station, starts_at - timedelta(minutes=30), now=NOW) is None
    assert due_in(starts_at, station, starts_at - timedelta(hours=2), now=NOW) == wait


def test_a_hundred_stations_of_one_half_past_seven_are_spread() -> None:
    starts_at = NOW + timedelta(minutes=30)
    stations = [UUID(int=each * 2**64 + each * 7919) for each in range(100)]
    moments = [due_in(starts_at, each, None, now=NOW) for each in stations]
    minutes = Counter(each // timedelta(minutes=1) for each in moments if each is not None)
    assert minutes.total() == 100
    assert max(minutes.values()) <= 25


def checked(station: UUID, day: int, mode: Mode, **what: object) -> Checked:
    at = datetime(2026, 11, day, 1, tzinfo=UTC)
    return Checked(station, date(2026, 11, day), at, mode, replace(GOOD, **what))


def test_stations_that_need_a_better_line_come_first() -> None:
    good, weak, new = new_id(), new_id(), new_id()
    rows = [checked(good, day, Mode.VIDEO) for day in (20, 21, 22, 23)]
    rows += [checked(weak, day, Mode.AUDIO, up_kbps=120, up_lost=60) for day in (21, 22)]
    rows += [checked(weak, 23, Mode.PHOTOS, **UNMEASURED), checked(weak, 23, Mode.VIDEO)]
    rows += [checked(new, 23, Mode.PHONE, up_kbps=10)]
    first, *others = stand(rows[::-1])
    assert first.station_id == weak
    assert first.needs_better
    assert (first.count, first.poor, first.kbps) == (4, 3, 120)
    assert first.days == ((date(2026, 11, 21), 120), (date(2026, 11, 22), 120), (date(2026, 11, 23), 1000))
    assert [each.station_id for each in others] == [new, good]
    assert not any(each.needs_better for each in others), "one check says nothing about a station"
