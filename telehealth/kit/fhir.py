"""How a route answers in FHIR JSON, and says so in the API's document."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Response

MEDIA_TYPE: Final = "application/fhir+json"
"""https://hl7.org/fhir/R4/http.html#mime-type"""

DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
}
"""The `responses` of such a route: FHIR's own schemas are not repeated."""


class FhirResponse(Response):
    """An answer in FHIR JSON."""

    media_type = MEDIA_TYPE


def answer(resource: Mapping[str, Any]) -> FhirResponse:
    """Return the answer that carries a resource."""
    return FhirResponse(json.dumps(resource, ensure_ascii=False))
