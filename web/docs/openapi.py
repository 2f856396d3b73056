"""From an OpenAPI 3.1 document to what the page prints."""

from collections.abc import Mapping
from typing import Any

from web.docs.pages import Group, Operation, Parameter, Shape

_METHODS = ("get", "post", "put", "patch", "delete")

Document = Mapping[str, Any]


def groups_of(document: Document) -> tuple[Group, ...]:
    """Return the operations by tag, in the order the document has them."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["other"])[0]
                found.setdefault(tag, []).append(_operation(method, path, operation))
    return tuple(Group(name=name, operations=tuple(operations)) for name, operations in found.items())


def shapes_of(document: Document) -> tuple[Shape, ...]:
    """Return every object of the document by name."""
    schemas = document.get("components", {}).get("schemas", {})
    return tuple(_shape(name, schema) for name, schema in sorted(schemas.items()))


def kind_of(schema: Mapping[str, Any]) -> str:
    """Say in one line what a JSON schema lets through."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(kind_of(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    body = kind_of(next(iter(content.values())).get("schema", {})) if content else ""
    answers = operation.get("responses", {}).items()
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("description") or operation.get("summary", ""),
        parameters=tuple(_parameter(each) for each in operation.get("parameters", ())),
        body=body,
        body_anchor=body.strip("[]"),
        answers=tuple((status, _answer(answer)) for status, answer in answers),
    )


def _parameter(item: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=item["name"],
        place=item["in"],
        kind=kind_of(item.get("schema", {})),
        is_required=bool(item.get("required")),
        text=item.get("description", ""),
    )


def _answer(answer: Mapping[str, Any]) -> str:
    content = answer.get("content", {})
    schema = next(iter(content.values())).get("schema", {}) if content else {}
    return kind_of(schema) if schema else ""


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    required = set(schema.get("required", ()))
    fields = tuple(
        Parameter(
            name=field,
            place="",
            kind=kind_of(inner),
            is_required=field in required,
            text=inner.get("description", ""),
        )
        for field, inner in schema.get("properties", {}).items()
    )
    return Shape(name=name, text=schema.get("description", ""), fields=fields)
