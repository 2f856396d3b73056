"""One effect for one request, however often it is sent.

After draft-ietf-httpapi-idempotency-key-header-07: the same key with the same body gets the answer
once given, with another body 422, while the first is still being worked on 409. The key's row is
written in the transaction of the act, so a refused request leaves none and may be sent again. What takes
several transactions takes its key in the first and keeps its answer in the last.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row, bindparam, insert
from sqlalchemy import delete as core_delete
from sqlalchemy import select as core_select
from sqlmodel import Session, col, delete, func, select

from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit, metadata
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.scheduling.models import IdempotencyKey
from telehealth.scheduling.service.in_turn import Units

KEPT: Final = timedelta(hours=24)

TAKEN: Final = timedelta(minutes=2)
"""How long a key stays taken by a request of several transactions of which nobody hears any more."""

_TAKEN: Final = 102
"""Kept as the status of a request that is being worked on."""

_table = metadata.tables[IdempotencyKey.__tablename__]
_IS_OWN = (_table.c.principal_id == bindparam("principal")) & (_table.c.key == bindparam("key"))
_KNOWN = core_select(_table.c.fingerprint, _table.c.status_code, _table.c.body, _table.c.expires_at).where(
    _IS_OWN
)
_FORGOTTEN = core_delete(_table).where(_IS_OWN)
_KEPT = insert(_table)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    status_code: int
    body: dict[str, Any]


def answer_once(
    session: Session,
    *,
    principal_id: UUID,
    key: str,
    route: str,
    request: dict[str, Any],
    act: Callable[[], Answer],
    now: datetime,
) -> Answer:
    """Return the answer once given for this key, or act and keep the answer.

    Raises `idempotency-key-reused` (another request) and `request-in-progress`.
    """
    _require_turn(session, principal_id, key)
    fingerprint = _fingerprint(route, request)
    own = {"principal": principal_id, "key": key}
    known = session.connection().execute(_KNOWN, own).first()
    if known is not None and known.expires_at > now:
        return _again(known, fingerprint)
    if known is not None:
        session.connection().execute(_FORGOTTEN, own)
    answer = act()
    session.flush()
    kept = {
        "principal_id": principal_id,
        "key": key,
        "route": route,
        "fingerprint": fingerprint,
        "status_code": answer.status_code,
        "body": answer.body,
        "expires_at": now + KEPT,
    }
    session.connection().execute(_KEPT, kept)
    return answer


def act_once(
    units: Units,
    actor: Actor,
    key: str,
    route: str,
    body: BaseModel,
    act: Callable[[Unit], BaseModel],
    *,
    status: int = 201,
) -> Answer:
    """Let a request of the API act in a unit of its own, once for its key. Raises as `answer_once`."""
    return units.run(
        lambda unit: answer_once(
            unit.session,
            principal_id=actor.ref,
            key=key,
            route=route,
            request=body.model_dump(mode="json"),
            act=lambda: Answer(status, act(unit).model_dump(mode="json")),
            now=unit.now,
        )
    )


def act_in_parts_once(
    units: Units,
    actor: Actor,
    key: str,
    route: str,
    body: BaseModel,
    act: Callable[[], BaseModel],
) -> Answer:
    """Let a request act in as many units as it needs, once for its key. Raises as `answer_once`.

    Where the process dies meanwhile, the key comes free after `TAKEN`: whoever asks again then acts on what
    is left, so each part has to refuse being done twice.
    """
    own = {"principal": actor.ref, "key": key}
    fingerprint = _fingerprint(route, body.model_dump(mode="json"))

    def keep(unit: Unit, answer: Answer, until: timedelta) -> None:
        connection = unit.session.connection()
        connection.execute(_FORGOTTEN, own)
        row = {"principal_id": actor.ref, "key": key, "route": route, "fingerprint": fingerprint}
        row |= {"status_code": answer.status_code, "body": answer.body, "expires_at": unit.now + until}
        connection.execute(_KEPT, row)

    def take(unit: Unit) -> Answer | None:
        _require_turn(unit.session, actor.ref, key)
        known = unit.session.connection().execute(_KNOWN, own).first()
        if known is not None and known.expires_at > unit.now:
            return _again(known, fingerprint)
        keep(unit, Answer(_TAKEN, {}), TAKEN)
        return None

    given = units.run(take)
    if given is not None:
        return given
    try:
        answer = Answer(200, act().model_dump(mode="json"))
    except BaseException:
        units.run(lambda unit: unit.session.connection().execute(_FORGOTTEN, own))
        raise
    units.run(lambda unit: keep(unit, answer, KEPT))
    return answer


def find_answer(
    session: Session, *, principal_id: UUID, key: str, route: str, request: dict[str, Any], now: datetime
) -> Answer | None:
    """Return the answer once given for this key, None if none was. Raises as `answer_once`."""
    known = session.connection().execute(_KNOWN, {"principal": principal_id, "key": key}).first()
    if known is None or known.expires_at <= now:
        return None
    return _again(known, _fingerprint(route, request))


def forget_answers(session: Session, *, now: datetime) -> int:
    """Remove answers whose time is over; return how many."""
    result = session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.expires_at) <= now))
    return result.rowcount


def _fingerprint(route: str, request: dict[str, Any]) -> str:
    return sha256(json.dumps([route, request], sort_keys=True).encode()).hexdigest()


def _again(known: Row[Any, Any, Any, Any], fingerprint: str) -> Answer:
    if known.fingerprint != fingerprint:
        raise InvalidError("idempotency-key-reused")
    if known.status_code == _TAKEN:
        raise ConflictError("request-in-progress")
    return Answer(known.status_code, known.body)


def _require_turn(session: Session, principal_id: UUID, key: str) -> None:
    """Raise if the same request is being worked on elsewhere; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    digest = sha256(f"{principal_id}|{key}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    if not session.exec(select(func.pg_try_advisory_xact_lock(number))).one():
        raise ConflictError("request-in-progress")
