"""The OpenAPI document: every refusal of the API is `application/problem+json` (RFC 9457)."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from telehealth.kit.schemas import Problem

_DEMANDED = frozenset({"if-match", "idempotency-key"})

_PROBLEM = {
    "description": "Refused; `code` is stable, `detail` is for people",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install_document(app: FastAPI) -> None:
    """Let the app build its document once, with our problems instead of the framework's errors."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _build(app: FastAPI) -> dict[str, Any]:
    built = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description="Scheduling, calls, visit records and follow-up for rural health stations.",
        routes=app.routes,
    )
    for item in built["paths"].values():
        for operation in item.values():
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = _PROBLEM
            for parameter in operation.get("parameters", ()):
                # Declared optional in code so that leaving them out is answered by our own problems.
                parameter["required"] = parameter["required"] or parameter["name"].lower() in _DEMANDED
    schemas = built.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    return built
