"""Whom the doctor of a call may ask in: doctors the station may ask, colleagues of house and station."""

from datetime import datetime

from sqlmodel import Session

from telehealth.access.rules import ACTIONS
from telehealth.calls import queries
from telehealth.calls.ringing import Colleague
from telehealth.calls.rules import MemberRole
from telehealth.duty.queries import list_on_duty, list_pools_for
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment
from telehealth.staff.queries import describe, languages_of, list_doctors, list_members
from telehealth.staff.rules import Role


def colleagues_of(session: Session, appointment: Appointment, *, now: datetime) -> list[Colleague]:
    """List them, who can come soonest first; of each what helps to choose, nothing of their patients."""
    today = policy_of(session).local_date(now)
    station, doctor = appointment.station_facility_id, appointment.doctor_membership_id
    house = describe(session, {doctor})[doctor].facility_id
    found = {
        each.membership_id: (each.title, each.name, each.facility_name, each.role is Role.DOCTOR)
        for place in (house, station)
        for each in list_members(session, place, on=today)
        if each.role in ACTIONS["call.join"]
    }
    found |= {
        each.membership_id: (each.title, each.name, each.facility_name, True)
        for each in list_doctors(session, on=today, station_id=station)
    }
    room = queries.find_room(session, appointment.id)
    there = queries.list_there(session, room.id) if room else []
    for inside in (doctor, *(each.actor_ref for each in there if each.role == MemberRole.STATION)):
        found.pop(inside, None)
    pools = list_pools_for(session, station_id=station, on=today)
    on_duty = {each.membership_id for each in list_on_duty(session, [pool.id for pool in pools], now=now)}
    in_calls = queries.list_in_calls(session, found)
    languages = languages_of(session, found)
    people = [
        Colleague(
            one,
            f"{title} {name}".strip(),
            place,
            languages.get(one, ()),
            is_doctor=is_doctor,
            is_on_duty=one in on_duty,
            is_in_call=one in in_calls,
        )
        for one, (title, name, place, is_doctor) in found.items()
    ]
    return sorted(people, key=lambda each: each.rank)
