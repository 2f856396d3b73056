"""The OpenAPI document is what programs are built against: it is complete and does not change by accident."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.kit.settings import Settings
from telehealth.main import create_app
from tests.support.routes import all_routes

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("api"), run_jobs=False))


def test_the_committed_document_is_the_one_served(app: FastAPI) -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert committed == app.openapi(), "run: .venv/bin/telehealth openapi > docs/openapi.json"


def test_it_is_openapi_3_1_and_names_operations_after_functions(app: FastAPI) -> None:
    document = app.openapi()
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(names)) == len(names)
    assert set(names) == {route.name for route in all_routes(app) if route.token}


def test_only_the_api_is_in_it_and_all_of_it_asks_for_a_token(app: FastAPI) -> None:
    for path, item in app.openapi()["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in item.values():
            assert operation["security"] == [{"HTTPBearer": []}], path
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
            assert operation.get("description") or operation.get("summary"), path


def test_request_bodies_accept_nothing_unknown(app: FastAPI) -> None:
    document = app.openapi()
    bodies = {
        reference.rsplit("/", 1)[-1]
        for item in document["paths"].values()
        for operation in item.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if (reference := content["schema"].get("$ref"))
    }
    assert bodies
    for name in bodies:
        assert document["components"]["schemas"][name].get("additionalProperties") is False, name


def test_headers_the_server_demands_are_demanded_by_the_document(app: FastAPI) -> None:
    demanded = [
        (parameter["name"].lower(), parameter["required"])
        for item in app.openapi()["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header" and parameter["name"].lower() in ("if-match", "idempotency-key")
    ]
    assert {name for name, _ in demanded} == {"if-match", "idempotency-key"}
    assert all(required for _, required in demanded)


BOUNDED = {
    **dict.fromkeys(
        [
            *("/service-types", "/specialties", "/consent-texts", "/record-templates", "/questionnaires"),
            *("/national-days", "/pools", "/calendar-feeds"),
        ],
        "set up by hand",
    ),
    **dict.fromkeys(
        [
            *("/facilities/{facility_id}/identifiers", "/facilities/{facility_id}/edges"),
            *("/facilities/{facility_id}/supporters", "/staff", "/on-duty", "/duty", "/reports/lines"),
            *("/shifts/mine", "/shifts/{shift_id}/events", "/swaps"),
        ],
        "as many as a facility has, or people at work in it",
    ),
    **dict.fromkeys(
        ["/patients/{patient_id}/consents", "/patients/{patient_id}/facts", "/links"], "of one patient"
    ),
    **dict.fromkeys(
        [
            *("/visits/{visit_id}/records", "/visits/{visit_id}/attachments", "/visits/{visit_id}/orders"),
            *("/calls/{appointment_id}/chat", "/calls/{appointment_id}/journal", "/call-rings"),
            *("/calls/{appointment_id}/colleagues", "/messages/{message_id}/attempts"),
        ],
        "of one visit, call or text",
    ),
    **dict.fromkeys(["/diagnosis-codes", "/plans/{plan_id}/slots"], "the best few"),
    **dict.fromkeys(
        ["/answer-requests", "/orders", "/referrals", "/check-rounds", "/duty-notices"],
        "what one facility has to do now: each has its hour, and ends",
    ),
}
"""Lists that do not grow with the years, each with why."""


def test_a_list_that_grows_comes_in_pages(app: FastAPI) -> None:
    """A list either has `limit` and says where to go on, or says here why it stays short."""
    document = app.openapi()
    lists, pages = set(), set()
    for path, item in document["paths"].items():
        for content in item.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).values():
            shape = content["schema"]
            properties = document["components"]["schemas"].get(shape.get("$ref", "").rsplit("/", 1)[-1], {})
            goes_on = {"next", "next_cursor"} & set(properties.get("properties", ()))
            if shape.get("type") == "array" or goes_on:
                lists.add(path.removeprefix("/api/v1"))
            asked = {each["name"] for each in item["get"].get("parameters", ())}
            if "limit" in asked and asked & {"cursor", "before", "after"}:
                pages.add(path.removeprefix("/api/v1"))
    assert lists - pages == set(BOUNDED)
    assert {
        "/appointments",
        "/slots",
        "/urgent-requests",
        "/waitlist",
        "/plans",
        "/plans/due",
        "/tasks",
    } <= pages
