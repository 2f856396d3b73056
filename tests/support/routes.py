"""Every route of the application with the marker that says who may use it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from telehealth.access.deps import Require, RequireSignIn, RequireToken, public
from telehealth.links.deps import RequireLink


@dataclass(frozen=True)
class RouteFacts:
    """One route: how it is reached and by whom."""

    name: str
    path: str
    methods: tuple[str, ...]
    parameters: tuple[str, ...]
    markers: tuple[object, ...]

    @property
    def sign_in(self) -> RequireSignIn | None:
        """The marker of a page for staff."""
        return next((m for m in self.markers if isinstance(m, RequireSignIn)), None)

    @property
    def token(self) -> RequireToken | None:
        """The marker of the JSON API."""
        return next((m for m in self.markers if isinstance(m, RequireToken)), None)

    @property
    def is_public(self) -> bool:
        """Whether anyone may use it."""
        return public in self.markers

    @property
    def link(self) -> RequireLink | None:
        """The marker of a patient's page."""
        return next((m for m in self.markers if isinstance(m, RequireLink)), None)

    def __str__(self) -> str:
        return f"{','.join(self.methods)} {self.path}"


def all_routes(app: FastAPI) -> list[RouteFacts]:
    """List the routes that have an endpoint of ours; the framework's own document is left out."""
    found = []
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is None:
            continue
        calls = tuple(_markers(dependant))
        parameters = tuple(field.name for field in dependant.path_params)
        methods = tuple(sorted(getattr(context, "methods", None) or {"WEBSOCKET"}))
        found.append(RouteFacts(context.name, context.path, methods, parameters, calls))
    return found


def _markers(dependant: Dependant) -> Iterator[object]:
    """Yield the markers among everything a route depends on."""
    for each in dependant.dependencies:
        call = each.call
        if isinstance(call, Require) or call is public or isinstance(call, RequireLink):
            yield call
        yield from _markers(each)
