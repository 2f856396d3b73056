"""The keys of drafts reach signed-in pages only, and no page saves in another member's name."""

import re

import pytest

from tests.support.app import Browser
from tests.support.practice import Practice

pytestmark = pytest.mark.databases("sqlite")  # the service behind is tested on both


def keys_of(browser: Browser) -> list[dict[str, str]]:
    answer = browser.post("/drafts/keys", {}, page="/patients")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found: list[dict[str, str]] = answer.json()["keys"]
    return found


def owner_of(browser: Browser) -> str:
    found = re.search(r'id="drafts"[^>]*data-owner="([0-9a-f]{32})"', browser.get("/patients").text)
    assert found is not None
    return found[1]


def test_each_member_gets_their_own_keys(practice: Practice) -> None:
    assert keys_of(practice.nurse) == keys_of(practice.nurse)
    assert keys_of(practice.nurse) != keys_of(practice.practitioner)
    assert owner_of(practice.nurse) != owner_of(practice.practitioner)


def test_nobody_gets_keys_without_a_sign_in_or_from_another_site(practice: Practice) -> None:
    stranger = Browser(practice.app)
    assert stranger.post("/drafts/keys", {}, page="/sign-in").status_code == 401
    assert practice.nurse.client.post("/drafts/keys", data={"csrf_token": "x"}).status_code == 403


def test_what_a_page_of_somebody_else_sends_is_refused_and_named(practice: Practice) -> None:
    page, data = f"{practice.visit}/station", {"medicines": "Amlodipin", "medicines_version": "0"}
    theirs = owner_of(practice.nurse)
    refused = practice.practitioner.post(f"{page}/medicines", data, page=page, x_acting_as=theirs)
    assert (refused.status_code, refused.headers["x-error"]) == (401, "signed-in-as-another")
    own = owner_of(practice.practitioner)
    assert (
        practice.practitioner.post(f"{page}/medicines", data, page=page, x_acting_as=own).status_code == 303
    )


def test_a_page_for_nobody_keeps_nothing(practice: Practice) -> None:
    assert 'id="drafts"' not in Browser(practice.app).get("/sign-in").text
