"""Whose absence a call's journal looks like: the network before people, and nobody on silence alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.calls.journals import Entry, Suggestion, Why, suggest
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.scheduling.rules import AbsentParty, PatientPlace
from tests.support.clock import MONDAY_MORNING

DOCTOR, STATION, PATIENT = MemberRole.DOCTOR, MemberRole.STATION, MemberRole.PATIENT
NOW = MONDAY_MORNING + timedelta(minutes=20)


def at(minutes: float, kind: EventKind, role: MemberRole, reason: str | None = None) -> Entry:
    return Entry(kind, MONDAY_MORNING + timedelta(minutes=minutes), role, reason)


def judged(
    *entries: Entry, place: PatientPlace = PatientPlace.STATION, is_line_weak: bool = False
) -> Suggestion | None:
    return suggest(entries, place=place, is_line_weak=is_line_weak, starts_at=MONDAY_MORNING, now=NOW)


def party(*entries: Entry, **how: object) -> AbsentParty | None:
    found = judged(*entries, **how)  # type: ignore[arg-type]
    return found.party if found else None


def test_a_doctor_who_never_came_is_told_from_a_station_that_waited() -> None:
    assert party(at(0, EventKind.JOINED, STATION)) is AbsentParty.DOCTOR
    assert party(at(0, EventKind.KNOCKED, PATIENT), place=PatientPlace.HOME) is AbsentParty.DOCTOR


def test_a_station_that_never_came_is_told_from_a_doctor_who_waited() -> None:
    assert party(at(0, EventKind.JOINED, DOCTOR)) is AbsentParty.STATION


def test_a_patient_at_home_who_never_opened_the_link() -> None:
    entries = (at(0, EventKind.JOINED, DOCTOR),)
    assert party(*entries, place=PatientPlace.HOME) is AbsentParty.PATIENT


def test_whoever_tried_and_lost_the_line_did_not_fail_to_come() -> None:
    found = judged(at(0, EventKind.JOINED, STATION), at(2, EventKind.LOST, STATION))
    assert found == Suggestion(
        AbsentParty.NETWORK, Why.LINE_BROKE, STATION, MONDAY_MORNING + timedelta(minutes=2)
    )
    assert (
        party(at(0, EventKind.JOINED, DOCTOR), at(3, EventKind.LEFT, DOCTOR, "lost")) is AbsentParty.NETWORK
    )


def test_whoever_closed_the_page_lost_no_line() -> None:
    assert judged(at(0, EventKind.JOINED, STATION), at(2, EventKind.AWAY, STATION)) is None
    assert party(at(0, EventKind.JOINED, STATION), at(6, EventKind.AWAY, STATION)) is AbsentParty.DOCTOR


def test_who_loads_the_waiting_room_again_goes_on_waiting() -> None:
    again = (at(0, EventKind.KNOCKED, PATIENT), at(2, EventKind.AWAY, PATIENT))
    assert judged(*again, place=PatientPlace.HOME) is None
    assert party(*again, at(2, EventKind.BACK, PATIENT), place=PatientPlace.HOME) is AbsentParty.DOCTOR


@pytest.mark.parametrize("back", [EventKind.RETURNED, EventKind.JOINED])
def test_a_line_that_came_back_is_no_reason(back: EventKind) -> None:
    entries = (at(0, EventKind.JOINED, STATION), at(2, EventKind.LOST, STATION), at(3, back, STATION))
    assert party(*entries) is AbsentParty.DOCTOR


def test_who_waited_long_and_then_closed_the_page_waited_in_vain() -> None:
    gave_up = (at(0, EventKind.JOINED, STATION), at(15, EventKind.LEFT, STATION, "left"))
    assert party(*gave_up) is AbsentParty.DOCTOR


@pytest.mark.parametrize("gone", [EventKind.LEFT, EventKind.AWAY])
def test_who_only_looked_in_waited_for_nobody(gone: EventKind) -> None:
    looked_in = (at(0, EventKind.JOINED, STATION), at(1, gone, STATION))
    assert judged(*looked_in) is None
    assert judged(*looked_in, at(14, EventKind.JOINED, STATION), at(17, gone, STATION)) is None
    stayed = (at(14, EventKind.JOINED, STATION), at(19, gone, STATION))
    assert party(*looked_in, *stayed) is AbsentParty.DOCTOR


def test_who_came_and_went_before_the_hour_waited_for_nobody() -> None:
    early = (at(-30, EventKind.JOINED, STATION), at(-10, EventKind.LEFT, STATION))
    assert judged(*early) is None
    assert party(at(-30, EventKind.JOINED, STATION), at(6, EventKind.LEFT, STATION)) is AbsentParty.DOCTOR


@pytest.mark.parametrize("place", PatientPlace)
def test_a_line_that_broke_after_a_long_wait_is_not_why_nobody_came(place: PatientPlace) -> None:
    waited = (at(0, EventKind.JOINED, STATION), at(12, EventKind.LOST, STATION))
    assert party(*waited, place=place) is AbsentParty.DOCTOR
    knocked = (at(0, EventKind.KNOCKED, PATIENT), at(14, EventKind.LEFT, PATIENT, "lost"))
    assert party(*knocked, place=place) is AbsentParty.DOCTOR
    absent = {PatientPlace.STATION: AbsentParty.STATION, PatientPlace.HOME: AbsentParty.PATIENT}
    assert (
        party(at(0, EventKind.JOINED, DOCTOR), at(12, EventKind.LOST, DOCTOR), place=place) is absent[place]
    )


def test_a_line_that_broke_once_both_had_come_is_the_reason() -> None:
    both = (at(0, EventKind.JOINED, STATION), at(11, EventKind.JOINED, DOCTOR))
    assert party(*both, at(12, EventKind.LOST, STATION)) is AbsentParty.NETWORK


def test_the_line_of_whoever_was_asked_in_is_nobodys_excuse() -> None:
    GUEST = MemberRole.GUEST
    found = party(
        at(0, EventKind.JOINED, STATION), at(2, EventKind.JOINED, GUEST), at(3, EventKind.LOST, GUEST)
    )
    assert found is AbsentParty.DOCTOR


def test_a_weak_line_excuses_a_station_that_did_not_come() -> None:
    assert party(at(0, EventKind.JOINED, DOCTOR), is_line_weak=True) is AbsentParty.NETWORK
    assert party(is_line_weak=True) is AbsentParty.NETWORK


def test_nothing_is_suggested_where_the_journal_cannot_tell() -> None:
    assert judged() is None
    assert judged(at(18, EventKind.JOINED, STATION)) is None, "two minutes of waiting prove nothing"
    assert judged(at(0, EventKind.JOINED, STATION), at(1, EventKind.JOINED, DOCTOR)) is None


entries = st.lists(
    st.builds(
        at,
        st.floats(0, 15),
        st.sampled_from(
            [EventKind.JOINED, EventKind.KNOCKED, EventKind.LOST, EventKind.RETURNED, EventKind.LEFT]
        ),
        st.sampled_from(list(MemberRole)),
    ),
    max_size=12,
).map(lambda rows: sorted(rows, key=lambda row: row.at))


@given(entries, st.sampled_from(PatientPlace), st.booleans())
def test_nobody_who_came_is_called_absent(rows: list[Entry], place: PatientPlace, is_weak: bool) -> None:
    found = suggest(rows, place=place, is_line_weak=is_weak, starts_at=MONDAY_MORNING, now=NOW)
    came = {row.role for row in rows if row.kind in (EventKind.JOINED, EventKind.KNOCKED)}
    of_party = {AbsentParty.DOCTOR: DOCTOR, AbsentParty.STATION: STATION, AbsentParty.PATIENT: PATIENT}
    assert found is None or found.party is AbsentParty.NETWORK or of_party[found.party] not in came
