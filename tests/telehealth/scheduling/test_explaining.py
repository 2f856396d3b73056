"""Explaining a search names everybody the station could ask, with all the search has against each."""

from datetime import timedelta
from typing import Any

import pytest

from telehealth.duty.service import add_member
from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.ids import new_id
from telehealth.scheduling.explain import Unfit
from telehealth.scheduling.finding import explain_slots, find_slots
from tests.support.booking import TODAY, BookingWorld, make_booking_world, search
from tests.support.hours import speak
from tests.support.pools import make_pool
from tests.support.world import make_edge, make_facility


def unfit(unit: Unit, world: BookingWorld, **asked: Any) -> dict[str, list[Unfit]]:
    """Return what speaks against each doctor of the world, by number; the order is that of the answers."""
    answers = explain_slots(unit.session, world.nurse, search(**asked), now=unit.now)
    numbers = {doctor.ref: str(n) for n, doctor in enumerate(world.doctors)}
    return {numbers.get(each.doctor_membership_id, "other"): list(each.unfit) for each in answers}


def test_a_pool_and_a_language_are_part_of_the_answer(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=4)
    pool = make_pool(unit.session, world, (1, 2))
    speak(unit.session, world.doctors[2].ref, "tyz")
    speak(unit.session, world.doctors[3].ref, "tyz")
    asked = {"pool_id": pool.id, "language": "tyz"}
    assert unfit(unit, world, **asked) == {
        "2": [],
        "1": [Unfit.OTHER_LANGUAGE],
        "3": [Unfit.NOT_IN_POOL],
        "0": [Unfit.OTHER_LANGUAGE, Unfit.NOT_IN_POOL],
    }
    assert next(iter(unfit(unit, world, **asked))) == "2"
    assert list(unfit(unit, world, limit=1, **asked)) == ["2"]
    with pytest.raises(NotFoundError, match="pool-not-found"):
        unfit(unit, world, pool_id=new_id())


def test_a_doctor_who_is_named_is_judged_by_the_whole_search(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2)
    pool = make_pool(unit.session, world, (1,))
    named = {"doctor_membership_id": world.doctors[0].ref, "pool_id": pool.id, "specialty": "surgery"}
    against = [Unfit.OTHER_SPECIALTY, Unfit.NOT_IN_POOL]
    assert unfit(unit, world, **named) == {"0": against}
    assert unfit(unit, world, tiers=frozenset({"province"}), **named)["0"][1] is Unfit.OTHER_TIER


def test_who_does_not_support_the_station_is_told_of_only_by_name(unit: Unit) -> None:
    world = make_booking_world(unit.session)
    station = unit.session.get_one(Facility, world.nurse.here)
    centre = make_facility(unit.session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    make_edge(unit.session, "supports", station, centre)
    assert unfit(unit, world) == {}
    assert unfit(unit, world, doctor_membership_id=world.doctors[0].ref) == {"0": [Unfit.NOT_SUPPORTING]}


def test_whoever_nothing_speaks_against_shows_what_the_search_offers(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=3)
    pool = make_pool(unit.session, world, (0,))
    leaving = add_member(unit.session, pool, world.doctors[1].ref, on=TODAY)
    leaving.left_on = TODAY + timedelta(days=1)
    unit.session.flush()
    asked = search(pool_id=pool.id, days=3, limit=1000)
    offered = find_slots(unit.session, world.nurse, asked, now=unit.now)
    answers = explain_slots(unit.session, world.nurse, asked, now=unit.now)
    for answer in answers:
        free = sum(day.free for day in answer.days)
        own = [slot for slot in offered if slot.doctor_membership_id == answer.doctor_membership_id]
        assert free == len(own)
        assert bool(answer.days) == (not answer.unfit)
    assert [answer.unfit for answer in answers] == [(), (), (Unfit.NOT_IN_POOL,)]
