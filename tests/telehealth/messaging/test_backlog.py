"""What a watcher is told of texts that wait: how long, and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.app import build_app
from tests.support.clock import FixedClock
from tests.telehealth.messaging.outbox import Outbox, PowerCutError


@pytest.fixture
def ready(outbox: Outbox, clock: FixedClock, tmp_path: Path) -> TestClient:
    return TestClient(build_app(outbox.database, tmp_path, clock), base_url="http://127.0.0.1:8000")


def waits(ready: TestClient) -> object:
    answer = ready.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["sms_waiting_seconds"]


def test_a_text_nobody_takes_up_waits_longer_and_longer(
    outbox: Outbox, clock: FixedClock, ready: TestClient
) -> None:
    assert waits(ready) == 0
    outbox.queue(due_at=clock.now(), not_after_at=clock.now() + timedelta(days=2))
    clock.advance(minutes=7)
    assert waits(ready) == 7 * 60
    outbox.send()
    assert waits(ready) == 0


def test_a_text_whose_worker_died_waits(outbox: Outbox, clock: FixedClock, ready: TestClient) -> None:
    outbox.queue(due_at=clock.now(), not_after_at=clock.now() + timedelta(days=2))
    outbox.gateway.dies = "before"
    with pytest.raises(PowerCutError):
        outbox.send()
    assert waits(ready) == 0
    clock.advance(minutes=5)
    assert waits(ready) == 5 * 60


def test_what_quiet_hours_keep_back_does_not_wait(
    outbox: Outbox, clock: FixedClock, ready: TestClient
) -> None:
    clock.advance(hours=15)
    outbox.queue(due_at=clock.now(), not_after_at=clock.now() + timedelta(days=2))
    clock.advance(minutes=7)
    assert waits(ready) == 0
    outbox.queue(due_at=clock.now(), not_after_at=clock.now() + timedelta(days=2), is_urgent=True)
    clock.advance(minutes=2)
    assert waits(ready) == 2 * 60
