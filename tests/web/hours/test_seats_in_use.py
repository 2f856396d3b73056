"""Fewer places at a station than appointments have: refused with their number, before and for good."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.availability.models import Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import ensure_resource
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.app import Browser
from tests.support.booking import BookingWorld, at
from tests.support.world import make_member, make_patient, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


def test_places_that_appointments_have_stay(app: FastAPI, database: Database, world: BookingWorld) -> None:
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        lead = make_member(unit.session, station, role=Role.COORDINATOR, name="Sen")
        sign_in = make_sign_in(unit.session, lead, now=unit.now)
        ensure_resource(unit.session, ResourceKind.SEAT, station.id).lanes = 2
        other = make_patient(unit.session, world.nurse)
        wish = VisitRequest(patient_id=other.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối phải")
        visit = open_visit(unit.session, world.nurse, wish, now=unit.now).id
        world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient_id=other.id, visit_id=visit)
    page, path = Browser(app, sign_in), "/hours/opening"
    version = re.findall(r'name="version" value="(\d+)"', page.get(path).text)[-1]
    for sure in ({}, {"sure": "1"}):
        refused = page.post(f"{path}/seats", {"seats": "1", "version": version, **sure}, page=path)
        assert (refused.status_code, "1 lịch hẹn đang dùng" in refused.text) == (422, True)
    with database.read() as unit:
        own = select(Resource.lanes).where(
            Resource.kind == ResourceKind.SEAT, Resource.owner_id == station.id
        )
        assert unit.session.exec(own).one() == 2
