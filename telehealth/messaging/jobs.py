"""Timed work: send what is due, ask about what was lost, read reports, ask somebody to phone in time.

Gateways are called between units of work, never inside one.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from telehealth.kit.cursors import Place
from telehealth.kit.db import Database, Unit
from telehealth.kit.jobs import tick_each
from telehealth.kit.logs import logger
from telehealth.kit.retries import is_of_database, run_write
from telehealth.messaging import queries, service
from telehealth.messaging.ports import NOTHING, Checkers, Fault, Gateway, GatewayError, Report, Waiting
from telehealth.messaging.service import Prepared, Sender

AT_ONCE: Final = 28
"""How many texts a worker hands over at the same time: a gateway that answers late holds up no others."""

KEPT_FREE: Final = 4
"""How many of these places only an urgent text may take: a gateway that hangs may hold all the others."""

GATHER_SECONDS: Final = 0.5
"""How long answers are gathered, at the most, before they are written down together and others taken up.

Each turn costs looks and a commit, whatever it moves: of a vendor that lets few through one turn moves
several texts. A text that falls due meanwhile waits no longer than this for a place that is free.
"""

START_WITHIN: Final = 30.0
"""Seconds of its lease within which a text must be on its way: half of it; a gateway takes at most 13."""

TURN_SECONDS: Final = 10.0
"""After this long a worker with more to do starts a new turn: it can be stopped in between."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway said to an attempt: its reference, or a fault."""

    attempt_id: UUID
    gateway: str
    provider_ref: str = ""
    fault: Fault | None = None
    code: str = ""


@dataclass(frozen=True)
class Post:
    """All that a worker sends with: gateways in the operator's order, and who knows what is still true.

    `warned`: the kinds of subject of which it was said that nobody here knows them. `asked_to`: up to where
    each gateway was asked what became of its texts. `unwritten`: what it said and is not written down yet.
    """

    database: Database
    gateways: Sequence[Gateway]
    sender: Sender
    checkers: Checkers
    at_once: int = AT_ONCE
    warned: set[str] = field(default_factory=set)
    asked_to: dict[str, Place | None] = field(default_factory=dict)
    unwritten: dict[str, dict[tuple[str, str], Report]] = field(default_factory=dict)

    @property
    def by_name(self) -> Mapping[str, Gateway]:
        """The gateways by name, in their order."""
        return {each.name: each for each in self.gateways}


def send_due(post: Post) -> int:
    """Send what is due until nothing is left or the turn is over; return how many were taken up.

    Looks before it leases: on SQLite each lease takes the only writer.
    """
    if not _has_work(post):
        return 0
    taken, over_at = 0, time.monotonic() + TURN_SECONDS
    on_the_way: set[Future[Answer]] = set()
    with ThreadPoolExecutor(max_workers=post.at_once, thread_name_prefix="sms") as threads:
        while True:
            is_over = time.monotonic() > over_at
            room = 0 if is_over else post.at_once - len(on_the_way)
            taken_at = time.monotonic()
            prepared, looked_at = _take(post, room) if room else ([], 0)
            taken += looked_at
            on_the_way |= {threads.submit(_hand_over, post, each, taken_at) for each in prepared}
            if not on_the_way and not looked_at:
                return taken
            if on_the_way:
                on_the_way -= _gather(post, on_the_way)


def read_reports(post: Post) -> int:
    """Ask about attempts whose answer was lost and apply the gateways' reports; return how many.

    Each gateway by itself: one that fails is logged by the kind of its error and holds up no other.
    """
    done = 0
    for gateway in post.gateways:
        for look in (_ask_about_lost, _read_reports_of):
            try:
                done += look(post, gateway)
            except Exception as error:
                if is_of_database(error):
                    raise
                logger().error("gateway failed", gateway=gateway.name, error=type(error).__name__)
    return done


def chase(post: Post) -> int:
    """Ask for a call where a text should have arrived by now; return how many messages were looked at."""
    with post.database.read() as unit:
        unknown = queries.list_unknown_kinds(unit.session, post.checkers, now=unit.now)
        due = queries.list_to_chase(unit.session, post.checkers, now=unit.now)
    _warn_of(post, unknown)
    return tick_each(post.database, due, partial(service.chase_undelivered, post.checkers))


def _warn_of(post: Post, unknown: Collection[str]) -> None:
    """Say once of each kind of subject that its texts wait for a newer release."""
    for kind in set(unknown) - post.warned:
        logger().error("texts of an unknown kind wait", kind=kind)
        post.warned.add(kind)


def _has_work(post: Post, *, only_urgent: bool = False) -> bool:
    with post.database.read() as unit:
        return queries.has_work(unit.session, post.checkers, now=unit.now, only_urgent=only_urgent)


def _take(post: Post, room: int) -> tuple[list[Prepared], int]:
    only_urgent = room <= KEPT_FREE
    if not _has_work(post, only_urgent=only_urgent):
        return [], 0
    limit = room if only_urgent else room - KEPT_FREE

    def take(unit: Unit) -> tuple[list[Prepared], int]:
        service.recover_leases(unit.session, now=unit.now)
        health = queries.measure_health(unit.session, post.by_name, now=unit.now)
        return service.take_due(
            unit.session,
            post.sender,
            health,
            post.checkers,
            now=unit.now,
            limit=limit,
            only_urgent=only_urgent,
        )

    return run_write(post.database, take)


def _hand_over(post: Post, prepared: Prepared, taken_at: float) -> Answer:
    """Call the gateway; anything but a clear answer means that nobody knows.

    Who was held up until the lease has nearly run out sends nothing: another may be about to.
    """
    gateway = post.by_name[prepared.gateway]
    if time.monotonic() > taken_at + START_WITHIN:
        return Answer(prepared.attempt_id, gateway.name, fault=Fault.TEMPORARY, code="held-up")
    try:
        ref = gateway.send(prepared.outgoing, now=post.database.clock.now())
    except GatewayError as error:
        return Answer(prepared.attempt_id, gateway.name, fault=error.fault, code=error.code)
    except Exception as error:
        logger().error("gateway failed", gateway=gateway.name, error=type(error).__name__)
        return Answer(prepared.attempt_id, gateway.name, fault=Fault.UNKNOWN, code="gateway-failed")
    return Answer(prepared.attempt_id, gateway.name, provider_ref=ref)


def _gather(post: Post, on_the_way: set[Future[Answer]]) -> set[Future[Answer]]:
    """Write down together what half of those on the way were answered, or as many as are; return them."""
    done: set[Future[Answer]] = set()
    until = time.monotonic() + GATHER_SECONDS
    while len(done) * 2 < len(on_the_way) and (left := until - time.monotonic()) > 0:
        done |= wait(on_the_way - done, timeout=left, return_when=FIRST_COMPLETED).done
    if not done:
        return done
    answers = [each.result() for each in done]
    for each in answers:
        if each.fault is not None:
            logger().warning("text not accepted", gateway=each.gateway, code=each.code, kind=each.fault)
    run_write(post.database, lambda unit: _note(post, unit, answers))
    return done


def _note(post: Post, unit: Unit, answers: Sequence[Answer]) -> None:
    accepted = [
        (each.attempt_id, each.provider_ref, post.by_name[each.gateway].traits)
        for each in answers
        if each.fault is None
    ]
    if accepted:
        service.record_all_accepted(unit.session, accepted, post.checkers, now=unit.now)
    for each in answers:
        if each.fault is not None:
            service.record_fault(
                unit.session,
                each.attempt_id,
                each.fault,
                each.code,
                list(post.by_name),
                post.checkers,
                now=unit.now,
            )


def _ask_about_lost(post: Post, gateway: Gateway) -> int:
    with post.database.read() as unit:
        lost = queries.list_lost_attempts(unit.session, gateway.name, now=unit.now)
    for attempt_id, message_id in lost:
        if gateway.traits.can_find:
            _ask(post, gateway, attempt_id, message_id)
        else:
            _repeat(post, gateway, attempt_id)
    return len(lost)


def _repeat(post: Post, gateway: Gateway, attempt_id: UUID) -> None:
    run_write(
        post.database,
        lambda unit: service.repeat_lost(unit.session, attempt_id, gateway.traits, now=unit.now),
    )


def _ask(post: Post, gateway: Gateway, attempt_id: UUID, reference: UUID) -> None:
    """Ask whether a text whose answer was lost had arrived; leave it unknown when that fails, too."""
    try:
        ref = gateway.find(reference)
    except Exception as error:
        code = error.code if isinstance(error, GatewayError) else type(error).__name__
        logger().warning("gateway could not be asked", gateway=gateway.name, code=code)
        run_write(post.database, lambda unit: service.ask_later(unit.session, attempt_id, now=unit.now))
        return
    fault = Fault.TEMPORARY if ref is None else None
    answer = Answer(attempt_id, gateway.name, ref or "", fault, "never-arrived")
    run_write(post.database, lambda unit: _note(post, unit, [answer]))


def _read_reports_of(post: Post, gateway: Gateway) -> int:
    """Apply what a gateway reports; what could not be written down is tried again at the next look."""
    kept = post.unwritten.setdefault(gateway.name, {})
    try:
        found = gateway.reports(_waiting(post, gateway), now=post.database.clock.now())
    except GatewayError as error:
        logger().warning("gateway could not be asked", gateway=gateway.name, code=error.code)
        return 0
    kept |= {(each.provider_ref, each.outcome): each for each in found}
    if not kept:
        return 0
    count = _write_reports(post, gateway.name, list(kept.values()))
    kept.clear()
    return count


def _write_reports(post: Post, gateway: str, reports: Sequence[Report]) -> int:
    """Write reports down together; one by one where one of them cannot be, which is left out."""

    def write(unit: Unit, some: Sequence[Report]) -> int:
        return sum(
            service.record_report(unit.session, gateway, each, post.checkers, now=unit.now) for each in some
        )

    try:
        return run_write(post.database, partial(write, some=reports))
    except Exception as error:
        if is_of_database(error):
            raise
    count = 0
    for each in reports:
        try:
            count += run_write(post.database, partial(write, some=[each]))
        except Exception as error:
            if is_of_database(error):
                raise
            logger().error("report not kept", gateway=gateway, error=type(error).__name__)
    return count


def _waiting(post: Post, gateway: Gateway) -> Waiting:
    """Return what a gateway is to be asked about now: a page, and the next one at the next look."""
    if not gateway.traits.is_asked:
        return NOTHING
    with post.database.read() as unit:
        after = post.asked_to.get(gateway.name)
        waiting, end = queries.list_waiting(unit.session, gateway.name, now=unit.now, after=after)
    post.asked_to[gateway.name] = end
    return waiting
