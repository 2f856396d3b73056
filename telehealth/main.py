"""Composition root: builds the application; the only module that sees every other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

import telehealth.availability.api
import telehealth.calls.api
import telehealth.consents.api
import telehealth.duty.api
import telehealth.facilities.api
import telehealth.followup.api
import telehealth.handover.api
import telehealth.interop.api
import telehealth.lines.api
import telehealth.links.api
import telehealth.messaging.api
import telehealth.patients.api
import telehealth.reporting.api
import telehealth.scheduling.api
import telehealth.scheduling.arranging
import telehealth.staff.api
import telehealth.urgent.api
import telehealth.visits.api
import telehealth.waitlist.api
import web.account.routes
import web.agreed.routes
import web.booking.routes
import web.calendars.routes
import web.calls.routes
import web.cases.routes
import web.cases.writing
import web.common.routes
import web.demo.routes
import web.docs.routes
import web.follow_ups.routes
import web.handover.routes
import web.hours.routes
import web.hours.why
import web.lines.routes
import web.links.routes
import web.live.routes
import web.messages.routes
import web.patients.registering
import web.patients.routes
import web.patterns.routes
import web.pools.routes
import web.push.routes
import web.queue.routes
import web.reports.routes
import web.requests.routes
import web.roster.routes
import web.sign_in.activation
import web.sign_in.routes
import web.staff.routes
import web.tasks.routes
import web.today.routes
import web.urgent.routes
import web.visits.routes
import web.visits.station
import web.waitlist.routes
from signaling.gateway import build_router
from signaling.media.gateway import build_check_router
from telehealth import health, wiring
from telehealth.access.deps import note_refusal
from telehealth.access.refusals import Refusals
from telehealth.apidoc import install_document
from telehealth.kit.clock import Clock, SystemClock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.deps import Gates
from telehealth.kit.jobs import Ticker, run_job
from telehealth.kit.security import Passwords
from telehealth.kit.settings import Settings
from telehealth.kit.strict import known_parameters_only
from telehealth.kit.wakes import Wakes
from telehealth.problems import install_problems
from telehealth.requests import BodyLimit, PublicScheme, RequestLog
from telehealth.scheduling import guard, marks
from telehealth.staff.activity import Activity
from web.errors import describe, error_page
from web.live.routes import Waker
from web.middleware import install_middleware

API_ROUTERS: list[APIRouter] = [
    telehealth.availability.api.router,
    telehealth.facilities.api.router,
    telehealth.patients.api.router,
    telehealth.consents.api.router,
    telehealth.staff.api.router,
    telehealth.duty.api.router,
    telehealth.scheduling.api.router,
    telehealth.scheduling.arranging.router,
    telehealth.visits.api.router,
    telehealth.waitlist.api.router,
    telehealth.links.api.router,
    telehealth.messaging.api.router,
    telehealth.followup.api.router,
    telehealth.calls.api.router,
    telehealth.lines.api.router,
    telehealth.urgent.api.router,
    telehealth.interop.api.router,
    telehealth.handover.api.router,
    telehealth.reporting.api.router,
]
"""The JSON API, slice by slice, from the lowest."""

PAGE_ROUTERS: list[APIRouter] = [
    health.router,
    web.common.routes.router,
    web.live.routes.router,
    web.docs.routes.router,
    web.sign_in.routes.router,
    web.sign_in.activation.router,
    web.account.routes.router,
    web.calendars.routes.router,
    web.agreed.routes.router,
    web.staff.routes.router,
    web.today.routes.router,
    web.booking.routes.router,
    web.hours.routes.router,
    web.hours.why.router,
    web.calls.routes.router,
    web.queue.routes.router,
    web.handover.routes.router,
    web.roster.routes.router,
    web.pools.routes.router,
    web.reports.routes.router,
    web.requests.routes.router,
    web.urgent.routes.router,
    web.push.routes.router,
    web.cases.routes.router,
    web.cases.writing.router,
    web.visits.routes.router,
    web.visits.station.router,
    web.lines.routes.router,
    web.links.routes.router,
    web.tasks.routes.router,
    web.waitlist.routes.router,
    web.follow_ups.routes.router,
    web.messages.routes.router,
    web.demo.routes.router,
    web.patterns.routes.router,
    web.patients.registering.router,
    web.patients.routes.router,
]
"""The pages, area by area."""


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """Build the application for one process.

    Settings come from the environment unless given; the clock is the machine's unless given.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Telehealth xã",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.database = open_database(settings, clock or SystemClock())
    app.state.gates = Gates(app.state.database)
    app.state.passwords = Passwords()
    app.state.activity = Activity()
    app.state.refusals = Refusals()
    app.state.waker = Waker()
    install_middleware(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog)
    if settings.is_https:
        app.add_middleware(PublicScheme)
    install_problems(app, describe=describe, page=error_page, note=note_refusal)
    web.links.routes.install_link_refusals(app)
    install_document(app)
    for router in API_ROUTERS:
        app.include_router(router, dependencies=[Depends(known_parameters_only)])
    for router in PAGE_ROUTERS:
        app.include_router(router)
    app.state.pusher = wiring.build_pusher(settings)
    app.state.hub = wiring.build_hub(app.state.database, app.state.activity, settings)
    app.include_router(build_router(app.state.hub, wiring.gateway_settings(settings)))
    app.state.checks = wiring.build_check_desk(app.state.database, settings)
    app.include_router(build_check_router(app.state.checks))
    return app


def open_database(settings: Settings, clock: Clock) -> Database:
    """Open the deployment's database with its keys and its event subscribers."""
    keyring = Keyring.load_or_create(settings.data_dir / "keys.json")
    return Database(
        settings.url, clock=clock, keyring=keyring, bus=wiring.build_bus(), policy=settings.policy
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    guard.require(app.state.database.writer)
    marks.require(app.state.database.writer)
    waker: Waker = app.state.waker
    waker.attach()
    wakes = Wakes(app.state.database, waker.wake)
    for listener in (waker.wake, wakes.tell):
        app.state.database.bus.on_wake(listener)
    wakes.start()
    own = wiring.build_own_jobs(app.state.activity, app.state.refusals)
    ticker = Ticker(app.state.database, own + (wiring.build_jobs(settings) if settings.run_jobs else []))
    ticker.start()
    await app.state.hub.start()
    try:
        yield
    finally:
        waker.close()
        wakes.stop()
        await app.state.checks.peer.stop()
        await app.state.hub.stop()
        ticker.stop()
        for job in own:
            run_job(app.state.database, job)
        app.state.database.dispose()
