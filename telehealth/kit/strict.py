"""The API takes nothing it does not know: a misspelt filter must not silently show everything."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from telehealth.kit.errors import InvalidError
from telehealth.kit.schemas import holds_nul


def known_parameters_only(request: Request) -> None:
    """Refuse a query parameter the route does not declare: `parameter-unknown`; and NUL: `invalid-input`."""
    route = request.scope["route"]
    if not request.query_params or not isinstance(route, APIRoute):
        return
    unknown = set(request.query_params) - _declared(route.dependant)
    if unknown:
        raise InvalidError("parameter-unknown", field=min(unknown))
    if holds_nul(request.query_params.multi_items()):
        raise InvalidError("invalid-input")


def _declared(dependant: Dependant) -> set[str]:
    """Return the names of a route's query parameters, those of its dependencies included."""
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_declared(each) for each in dependant.dependencies))
