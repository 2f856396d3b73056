"""Composition root: builds the application; the only module that sees every other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

import telehealth.answers.api
import telehealth.availability.api
import telehealth.background.api
import telehealth.calls.api
import telehealth.checks.api
import telehealth.conditions.api
import telehealth.conferences.api
import telehealth.consents.api
import telehealth.duty.api
import telehealth.examination.api
import telehealth.facilities.api
import telehealth.files.api
import telehealth.followup.api
import telehealth.handover.api
import telehealth.interop.api
import telehealth.interop.exchanging
import telehealth.leaflets.api
import telehealth.lines.api
import telehealth.links.api
import telehealth.messaging.api
import telehealth.messaging.receiving
import telehealth.orders.api
import telehealth.papers.api
import telehealth.patients.api
import telehealth.prescriptions.api
import telehealth.referrals.api
import telehealth.reporting.api
import telehealth.scheduling.api
import telehealth.scheduling.arranging
import telehealth.staff.api
import telehealth.timeline.api
import telehealth.urgent.api
import telehealth.visits.api
import telehealth.visits.attaching
import telehealth.waitlist.api
import web.account.routes
import web.agreed.routes
import web.alike.routes
import web.answers.routes
import web.attachments.patients
import web.attachments.routes
import web.attachments.sending
import web.background.routes
import web.booking.routes
import web.calendars.routes
import web.calls.record
import web.calls.rings
import web.calls.routes
import web.cases.routes
import web.cases.writing
import web.checks.patient
import web.checks.photos
import web.checks.printing
import web.checks.routes
import web.checks.sheets
import web.codes.routes
import web.common.routes
import web.conditions.routes
import web.conferences.printing
import web.conferences.routes
import web.demo.routes
import web.docs.routes
import web.drafts.routes
import web.examination.routes
import web.follow_ups.reminders
import web.follow_ups.routes
import web.formularies.routes
import web.glass.routes
import web.handover.routes
import web.hours.routes
import web.hours.why
import web.lines.routes
import web.links.desk
import web.links.gates
import web.links.leaflet_routes
import web.links.missed
import web.links.moving
import web.links.paper
import web.links.routes
import web.live.routes
import web.measuring.routes
import web.measuring.trends
import web.messages.routes
import web.orders.routes
import web.papers.exchange
import web.papers.routes
import web.papers.verifying
import web.patients.meeting
import web.patients.registering
import web.patients.routes
import web.patterns.routes
import web.pools.routes
import web.prescriptions.routes
import web.prescriptions.writing
import web.proofs.routes
import web.push.routes
import web.queue.routes
import web.record_templates.routes
import web.referrals.routes
import web.reports.calls
import web.reports.routes
import web.reports.texts
import web.requests.routes
import web.roster.routes
import web.services.routes
import web.sign_in.activation
import web.sign_in.routes
import web.staff.routes
import web.tasks.routes
import web.texts.routes
import web.timeline.routes
import web.today.routes
import web.urgent.routes
import web.visits.routes
import web.visits.station
import web.waitlist.routes
from signaling.gateway import build_router
from signaling.media.gateway import build_check_router
from telehealth import fitting, health, wiring
from telehealth.access.deps import note_refusal
from telehealth.access.refusals import Refusals
from telehealth.apidoc import install_document
from telehealth.kit.clock import Clock, SystemClock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.deps import Gates
from telehealth.kit.jobs import Job, Ticker, run_job
from telehealth.kit.security import Passwords
from telehealth.kit.settings import Settings
from telehealth.kit.strict import known_parameters_only
from telehealth.kit.wakes import Wakes
from telehealth.messaging.setup import build_gateways
from telehealth.papers.press import Press
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
    telehealth.visits.attaching.router,
    telehealth.background.api.router,
    telehealth.examination.api.router,
    telehealth.conditions.api.router,
    telehealth.conferences.api.router,
    telehealth.prescriptions.api.router,
    telehealth.papers.api.router,
    telehealth.files.api.router,
    telehealth.waitlist.api.router,
    telehealth.links.api.router,
    telehealth.leaflets.api.router,
    telehealth.messaging.api.router,
    telehealth.followup.api.router,
    telehealth.checks.api.router,
    telehealth.calls.api.router,
    telehealth.calls.api.rings,
    telehealth.lines.api.router,
    telehealth.urgent.api.router,
    telehealth.answers.api.router,
    telehealth.orders.api.router,
    telehealth.referrals.api.router,
    telehealth.interop.api.router,
    telehealth.interop.exchanging.router,
    telehealth.handover.api.router,
    telehealth.reporting.api.router,
    telehealth.timeline.api.router,
]
"""The JSON API, slice by slice, from the lowest."""

PAGE_ROUTERS: list[APIRouter] = [
    health.router,
    telehealth.messaging.receiving.router,
    web.common.routes.router,
    web.live.routes.router,
    web.docs.routes.router,
    web.sign_in.routes.router,
    web.sign_in.activation.router,
    web.account.routes.router,
    web.drafts.routes.router,
    web.calendars.routes.router,
    web.agreed.routes.router,
    web.staff.routes.router,
    web.today.routes.router,
    web.booking.routes.router,
    web.hours.routes.router,
    web.hours.why.router,
    web.calls.routes.router,
    web.calls.rings.router,
    web.calls.record.router,
    web.queue.routes.router,
    web.handover.routes.router,
    web.roster.routes.router,
    web.pools.routes.router,
    web.services.routes.router,
    web.reports.routes.router,
    web.reports.calls.router,
    web.reports.texts.router,
    web.requests.routes.router,
    web.urgent.routes.router,
    web.answers.routes.router,
    web.checks.routes.router,
    web.checks.printing.router,
    web.checks.sheets.router,
    web.checks.patient.router,
    web.checks.photos.router,
    web.orders.routes.router,
    web.referrals.routes.router,
    web.push.routes.router,
    web.codes.routes.router,
    web.cases.routes.router,
    web.cases.writing.router,
    web.examination.routes.router,
    web.background.routes.router,
    web.measuring.routes.router,
    web.measuring.trends.router,
    web.record_templates.routes.router,
    web.visits.routes.router,
    web.prescriptions.routes.router,
    web.prescriptions.writing.router,
    web.formularies.routes.router,
    web.visits.station.router,
    web.conferences.routes.router,
    web.conferences.printing.router,
    web.conditions.routes.router,
    web.papers.routes.router,
    web.papers.exchange.router,
    web.papers.verifying.router,
    web.attachments.routes.router,
    web.attachments.sending.router,
    web.attachments.patients.router,
    web.lines.routes.router,
    web.links.routes.router,
    web.links.gates.router,
    web.links.leaflet_routes.router,
    web.links.missed.router,
    web.links.moving.router,
    web.links.desk.router,
    web.links.paper.router,
    web.tasks.routes.router,
    web.waitlist.routes.router,
    web.follow_ups.routes.router,
    web.follow_ups.reminders.router,
    web.texts.routes.router,
    web.texts.routes.export,
    web.messages.routes.router,
    web.demo.routes.router,
    web.patterns.routes.router,
    web.patients.registering.router,
    web.patients.meeting.router,
    web.timeline.routes.router,
    web.alike.routes.router,
    web.glass.routes.router,
    web.patients.routes.router,
    web.proofs.routes.router,
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
    app.state.storage = fitting.build_storage(settings)
    app.state.press = Press()
    install_middleware(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog)
    if settings.is_https:
        app.add_middleware(PublicScheme)
    install_problems(app, describe=describe, page=error_page, note=note_refusal)
    web.links.routes.install_link_refusals(app)
    install_document(app)
    app.state.hub = wiring.build_hub(app.state.database, app.state.activity, settings)
    # First: routes are tried one by one, and of a socket's coming that would be the tenth part.
    app.include_router(build_router(app.state.hub, wiring.gateway_settings(settings)))
    for router in API_ROUTERS:
        app.include_router(router, dependencies=[Depends(known_parameters_only)])
    for router in PAGE_ROUTERS:
        app.include_router(router)
    app.state.gateways = build_gateways(settings)
    app.state.checkers = wiring.build_checkers()
    app.state.jobs = wiring.build_jobs(settings, app.state.database, app.state.gateways)
    app.state.pusher = fitting.build_pusher(settings)
    app.state.checks = wiring.build_check_desk(app.state.database, settings)
    app.include_router(build_check_router(app.state.checks))
    return app


def open_database(settings: Settings, clock: Clock) -> Database:
    """Open the deployment's database with its keys and its event subscribers."""
    keyring = Keyring.load_or_create(settings.data_dir / "keys.json")
    return Database(
        settings.url, clock=clock, keyring=keyring, bus=wiring.build_bus(settings), policy=settings.policy
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
    press: Press = app.state.press
    # Not at the start, which nobody should wait for, but before the first paper is asked for.
    warming = Job("press", timedelta(seconds=5), lambda _: press.warm())
    ticker = Ticker(app.state.database, [*own, warming, *(app.state.jobs if settings.run_jobs else [])])
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
        press.stop()
        for job in own:
            run_job(app.state.database, job)
        for gateway in app.state.gateways:
            gateway.close()
        app.state.database.dispose()
