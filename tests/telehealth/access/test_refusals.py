"""Refused requests of people who are signed in come onto the audit trail, and never as a flood."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.access.refusals import IDS_AT_MOST, Refusals
from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support import world
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import FixedClock


@pytest.fixture
def app(database: Database, clock: FixedClock, tmp_path: Path) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def nurse(database: Database) -> MembershipActor:
    with database.write() as unit:
        return world.make_member(unit.session, role=Role.STATION_NURSE)


def refused(database: Database, app: FastAPI) -> list[AuditEntry]:
    """Do what the job does, and return what it has written so far."""
    refusals: Refusals = app.state.refusals
    with database.write() as unit:
        refusals.flush(unit.session)
    with database.read() as unit:
        query = select(AuditEntry).where(AuditEntry.subject_kind == "refusal").order_by(AuditEntry.action)
        found = list(unit.session.exec(query))
        unit.session.expunge_all()
    return found


def test_an_id_out_of_scope_and_an_act_above_the_role_are_noted(
    database: Database, app: FastAPI, nurse: MembershipActor
) -> None:
    with database.write() as unit:
        elsewhere = world.make_member(unit.session, world.make_facility(unit.session))
        patient_id = world.make_patient(unit.session, elsewhere, now=unit.now).id
        cookie = world.make_sign_in(unit.session, nurse, now=unit.now)
        token = world.make_token(unit.session, nurse, now=unit.now)
    assert Browser(app, cookie).get(f"/patients/{patient_id}").status_code == 404
    assert api_client(app, token).get(f"/api/v1/patients/{patient_id}").status_code == 404
    assert Browser(app, cookie).get("/staff").status_code == 403
    seen, listed = refused(database, app)
    assert (seen.actor_ref, seen.action, seen.subject_id) == (nurse.ref, "patient.read", patient_id)
    assert seen.facts == {"code": "patient-not-found", "count": 2, "ids": [str(patient_id)]}
    assert (listed.action, listed.facts["code"], listed.facility_id) == (
        "staff.read",
        "not-allowed",
        nurse.facility_id,
    )


def test_a_thousand_tries_are_one_row(database: Database, app: FastAPI, nurse: MembershipActor) -> None:
    with database.write() as unit:
        token = world.make_token(unit.session, nurse, now=unit.now)
    program = api_client(app, token)
    for _ in range(IDS_AT_MOST + 5):
        program.get(f"/api/v1/patients/{new_id()}")
    (row,) = refused(database, app)
    assert (row.facts["count"], len(row.facts["ids"])) == (IDS_AT_MOST + 5, IDS_AT_MOST)
    assert refused(database, app) == [row]


def test_strangers_and_addresses_that_are_none_leave_nothing(database: Database, app: FastAPI) -> None:
    assert Browser(app).get(f"/patients/{new_id()}").status_code == 303
    assert api_client(app, "made-up").get("/api/v1/me").status_code == 401
    assert Browser(app).get("/no-such-page").status_code == 404
    assert refused(database, app) == []
