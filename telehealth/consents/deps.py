"""Receiving the signed paper of consents at an edge: looked at first, washed in no unit, kept in another."""

from collections.abc import Sequence
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from telehealth.consents import service
from telehealth.files.deps import storage_of
from telehealth.files.service import wash
from telehealth.kit.actors import Actor
from telehealth.kit.deps import database_of, washing_place, write_unit


async def receive_proof(
    connection: HTTPConnection, actor: Actor, patient_id: UUID, consent_ids: Sequence[UUID], content: bytes
) -> None:
    """Keep a photographed paper as the proof of consents; of what is refused nothing is kept.

    Raises what `files.service.wash` and `consents.service.add_proof` refuse, and `busy`.
    """
    await run_in_threadpool(_look, connection, actor, patient_id, consent_ids)
    async with washing_place(connection):
        washed = await run_in_threadpool(wash, content)
    storage = storage_of(connection)
    async with write_unit(connection) as unit:
        await run_in_threadpool(
            service.add_proof, unit.session, storage, actor, patient_id, consent_ids, washed, now=unit.now
        )


def _look(connection: HTTPConnection, actor: Actor, patient_id: UUID, consent_ids: Sequence[UUID]) -> None:
    with database_of(connection).read() as unit:
        service.consents_to_prove(unit.session, actor, patient_id, consent_ids, now=unit.now)
