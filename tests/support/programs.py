"""Programs that call the JSON API as somebody of a practice."""

from typing import Any

from fastapi.testclient import TestClient

from telehealth.staff.actors import MembershipActor
from tests.support.app import api_client
from tests.support.practice import Practice
from tests.support.world import make_token


def program(practice: Practice, actor: MembershipActor) -> TestClient:
    """Return a program with a token of the member's."""
    with practice.database.write() as unit:
        return api_client(practice.app, make_token(unit.session, actor, now=unit.now))


def tag(version: int | str) -> dict[str, Any]:
    """Return the header that names a version; an ETag is sent back as it came."""
    return {"If-Match": f'"{version}"' if isinstance(version, int) else version}


def refusal(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal, which is a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
