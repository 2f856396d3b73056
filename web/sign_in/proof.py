"""Proving who one is: count the try, hash outside any transaction, then act.

Each step that touches the database is a short unit of its own, so that nothing waits for argon2.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from telehealth.kit.db import Unit
from telehealth.kit.deps import settings_of, write_unit
from telehealth.kit.errors import InvalidError
from telehealth.staff import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.deps import rehash_secret, verify_secret
from telehealth.staff.rules import prepare_password
from telehealth.staff.service import Attempt, Browser, SignedIn

T = TypeVar("T")


async def in_unit(request: Request, work: Callable[[Unit], T]) -> T:
    """Do something in a writing unit of its own, in a thread."""
    async with write_unit(request) as unit:
        return await run_in_threadpool(work, unit)


async def sign_in(request: Request, username: str, password: str, browser: Browser) -> SignedIn:
    """Sign in with a password.

    Raises `sign-in-wrong`, `too-many-attempts`, `account-closed`, `busy`.
    """
    secret = prepare_password(password)
    attempt = await in_unit(request, partial(_begin, username=username, device_token=browser.device_token))
    if not await verify_secret(request, attempt.password_hash, secret):
        raise InvalidError("sign-in-wrong")
    new_hash = await rehash_secret(request, attempt.password_hash or "", secret)

    def complete(unit: Unit) -> SignedIn:
        return service.complete_sign_in(
            unit.session, attempt, browser, lasting=_lasting(request), new_hash=new_hash, now=unit.now
        )

    return await in_unit(request, complete)


async def switch(request: Request, membership_id: UUID, pin: str, browser: Browser) -> SignedIn:
    """Switch to a colleague with a PIN; raise `pin-wrong`, `pin-needs-password`, `busy`."""
    attempt = await in_unit(
        request, lambda unit: service.begin_switch(unit.session, membership_id, browser, now=unit.now)
    )
    if not await verify_secret(request, attempt.pin_hash, pin):
        raise InvalidError("pin-wrong", field="pin")

    def complete(unit: Unit) -> SignedIn:
        return service.complete_switch(
            unit.session, attempt, browser, lasting=_lasting(request), now=unit.now
        )

    return await in_unit(request, complete)


async def confirm_password(
    request: Request, actor: MembershipActor, password: str, browser: Browser, *, field: str = "current"
) -> None:
    """Make sure that whoever is signed in knows the password, before something weighty.

    Tries are counted as those of signing in. Raises `password-wrong`, `too-many-attempts`, `busy`.
    """

    def begin(unit: Unit) -> Attempt:
        name = queries.get_staff(unit.session, actor.staff_id).username
        return _begin(unit, username=name, device_token=browser.device_token)

    attempt = await in_unit(request, begin)
    if not await verify_secret(request, attempt.password_hash, prepare_password(password)):
        raise InvalidError("password-wrong", field=field)
    await in_unit(request, lambda unit: service.take_back(unit.session, attempt))


def _begin(unit: Unit, *, username: str, device_token: str | None) -> Attempt:
    return service.begin_sign_in(unit.session, username, device_token=device_token, now=unit.now)


def _lasting(request: Request) -> timedelta:
    return timedelta(hours=settings_of(request).absolute_hours)
