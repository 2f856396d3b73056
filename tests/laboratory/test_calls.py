"""A call of real browsers through the laboratory: a good line, a cut, a line that only the relay crosses.

What bad links do to a call is measured by `make bench-calls`; here, that the laboratory and the call work.
"""

import pytest

from tests.support.callers import Caller
from tests.support.laboratory.stage import LaboratoryStage, recording_of
from tests.support.processes import wait_until

STARVED = {"rate_kbps": 60, "queue_bytes": 30_000}
"""Too little for any picture, behind the deep queue of a cheap modem."""

pytestmark = pytest.mark.timeout(240)

STOPPED = ", ".join(f"[data-part=tiles] [data-still={word}]" for word in ("broken", "absent", "connecting"))
"""What a tile says when nothing comes: which word depends on whether media or server is missed first."""


@pytest.fixture
def calm(stage: LaboratoryStage) -> LaboratoryStage:
    """The stage with good lines, whatever the test before did to them."""
    stage.calm()
    return stage


def paths(caller: Caller) -> set[str]:
    """By which kinds of candidate a page's media leaves now."""
    return {stats[-1]["path"] for stats in recording_of(caller).stats.values()}


def meet(station: Caller, doctor: Caller) -> None:
    station.come()
    doctor.come()
    see_and_hear(station, doctor)


def see_and_hear(station: Caller, doctor: Caller) -> None:
    for caller in (station, doctor):
        assert min(caller.presented(1, seconds=40)) >= 15
        caller.hears(seconds=40)


def test_people_meet_through_the_laboratory_and_a_cut_ends_when_the_link_is_back(
    calm: LaboratoryStage,
) -> None:
    """Given a call straight across two links, when one is cut, then all stops, and all is back after it."""
    site, call = calm.site("station"), calm.book()
    with calm.person(call, "station") as station, calm.person(call, "doctor") as doctor:
        meet(station, doctor)
        wait_until(lambda: paths(station) == {"host/udp"}, what="media going straight across")
        assert recording_of(station).self_id in recording_of(doctor).frames

        site.cut()
        before = site.counts()["up"]
        for caller in (station, doctor):
            caller.page.locator(STOPPED).wait_for()
        lost = site.counts()["up"]
        assert lost["delivered"] == before["delivered"]
        assert lost["cut"] > before["cut"]
        site.mend()

        see_and_hear(station, doctor)
        assert station.errors + doctor.errors == []


def test_a_station_that_comes_back_by_another_network_is_in_the_call_as_before(
    calm: LaboratoryStage,
) -> None:
    """Given a call, when one site is cut and returns with another address, then it goes on as before."""
    site, call = calm.site("station"), calm.book()
    with calm.person(call, "station") as station, calm.person(call, "doctor") as doctor:
        meet(station, doctor)
        before = recording_of(station).self_id
        site.cut()
        for caller in (station, doctor):
            caller.page.locator(STOPPED).wait_for()
        site.roam()
        site.mend()
        see_and_hear(station, doctor)
        wait_until(lambda: station.status() == doctor.status() == "", what="nothing amiss", seconds=60)
        assert recording_of(station).self_id == before
        assert station.errors + doctor.errors == []


def test_people_who_cannot_reach_each_other_meet_through_the_relay_even_without_udp(
    calm: LaboratoryStage,
) -> None:
    """Given sites that reach only the core, one of them without UDP, then media goes over TURN and TCP."""
    calm.laboratory.forward(False)
    calm.site("station").shape(up={"has_udp": False}, down={"has_udp": False})
    call = calm.book()
    with calm.person(call, "station") as station, calm.person(call, "doctor") as doctor:
        meet(station, doctor)
        wait_until(lambda: paths(station) == {"relay/tcp"}, what="media going over the relay's TCP")
    assert calm.site("station").counts()["up"]["blocked"] > 0


@pytest.mark.timeout(480)
def test_a_line_that_starves_leaves_sound_and_gets_its_picture_back(calm: LaboratoryStage) -> None:
    """Given a call, when an uplink shrinks, then sound goes on alone, both are told, and it passes."""
    site, call = calm.site("station"), calm.book()
    with calm.person(call, "station") as station, calm.person(call, "doctor") as doctor:
        meet(station, doctor)
        site.shape(up=STARVED)
        doctor.page.locator("[data-part=tiles] [data-still=sound_only]").wait_for(timeout=90_000)
        wait_until(lambda: "chỉ còn tiếng" in station.status(), what="the station being told", seconds=60)
        heard = min(each["received"] for each in doctor.sound())
        wait_until(
            lambda: min(each["received"] for each in doctor.sound()) > heard + 5_000,
            what="sound going on alone",
            seconds=60,
        )
        calm.calm()
        doctor.page.locator("[data-part=tiles] [data-still='']").wait_for(timeout=120_000)
        assert min(doctor.presented(1, seconds=60)) >= 15
