"""Sending what goes home over the JSON API."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from telehealth.links.models import PatientLink
from telehealth.staff.actors import MembershipActor
from tests.support.app import api_client
from tests.support.leaflets import After
from tests.support.world import make_neighbour, make_token

pytestmark = pytest.mark.databases("sqlite")  # shapes and codes; the queries run on both beside this


def client(after: After, actor: MembershipActor) -> TestClient:
    """A program that acts as a member."""

    def token(session: Session, now: datetime) -> str:
        return make_token(session, actor, now=now)

    return api_client(after.patient.app, after.follow.do(token))


def test_a_link_is_made_and_its_text_can_be_followed(after: After) -> None:
    after.sign()
    path = f"/api/v1/visits/{after.world.visit.id}/links"
    answer = client(after, after.world.nurse).post(path, json={"purpose": "documents"})
    assert answer.status_code == 201, answer.text
    [link] = after.follow.rows(PatientLink, purpose="documents")
    told = answer.json()
    assert (told["link_id"], told["message_state"]) == (str(link.id), "queued")
    assert set(told) == {"link_id", "message_id", "message_state"}, "no token is given out"


def test_other_purposes_and_other_stations_are_refused(after: After) -> None:
    after.sign()
    path = f"/api/v1/visits/{after.world.visit.id}/links"
    assert client(after, after.world.nurse).post(path, json={"purpose": "join"}).status_code == 422
    stranger = after.follow.do(lambda s, now: make_neighbour(s, after.world.patient_id, now=now))
    refused = client(after, stranger).post(path, json={"purpose": "documents"})
    assert (refused.status_code, refused.json()["code"]) == (404, "visit-not-found")
