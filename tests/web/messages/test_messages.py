"""The log of messages: what became of each, nothing of the link or the whole number."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth import wiring
from telehealth.followup.checkers import CHECKERS
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.links.models import PatientLink
from telehealth.messaging.gateways.file import FileGateway, handed_over
from telehealth.messaging.jobs import Post, send_due
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import Budget
from telehealth.messaging.ports import Fault, GatewayError
from telehealth.messaging.service import Sender
from telehealth.patients.service import allow_messages
from tests.support.app import Browser, api_client, build_app
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in, make_token
from tests.telehealth.followup.world import Follow, make_follow
from tests.telehealth.messaging.outbox import ObedientGateway


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def follow(database: Database, clock: FixedClock) -> Follow:
    """A station whose patient has a number that never answers."""
    return make_follow(database, clock, phone="0868 123 498")


@pytest.fixture
def app(follow: Follow, clock: FixedClock, tmp_path: Path) -> FastAPI:
    """The application."""
    return build_app(follow.database, tmp_path, clock, demo=True)


@pytest.fixture
def nurse(app: FastAPI, follow: Follow) -> Browser:
    """The station's nurse, signed in."""
    return Browser(app, token=follow.do(lambda s, now: make_sign_in(s, follow.booking.nurse, now=now)))


def test_sending_can_be_watched(nurse: Browser, follow: Follow, clock: FixedClock, tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path / "sms")
    follow.book()
    assert "Chờ gửi" in nurse.get("/messages", hx_target="log").text
    follow.send(gateway)
    log = nurse.get("/messages", hx_target="log").text
    assert "Đã gửi" in log
    assert "…/k/…" in log
    assert handed_over(tmp_path / "sms")[0].text.rpartition("/")[2] not in log
    assert "868123498" not in log.replace(" ", "")
    clock.advance(seconds=3)
    follow.send(gateway)
    log = nurse.get("/messages", hx_target="log").text
    assert "Không gửi được" in log
    assert "máy không nhận được" in log
    assert follow.tasks() == [("phone_patient", "no-answer-from-phone")]
    assert "Không gửi được" in nurse.get("/messages?state=failed").text
    assert "Chưa có tin nhắn" in nurse.get("/messages?state=delivered").text


def test_opening_and_confirming_can_be_watched(nurse: Browser, follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    follow.phone(booked.id)
    log = nurse.get("/messages", hx_target="log").text
    assert "mở đường dẫn 08:00" in log
    assert "đúng năm sinh 08:00" in log


def test_a_new_link_in_two_taps_kills_the_old_one(nurse: Browser, follow: Follow) -> None:
    follow.book()
    follow.send()
    [message] = follow.rows(OutboxMessage)
    sent = nurse.post(f"/messages/{message.id}/new-link", page="/messages")
    assert sent.headers["location"] == "/messages?sent=true"
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked", "open"]
    assert "Đã cấp đường dẫn mới" in nurse.get("/messages?sent=true").text


def test_a_new_link_that_no_text_can_carry_is_not_said_to_be_sent(nurse: Browser, follow: Follow) -> None:
    follow.book()
    follow.send()
    [message] = follow.rows(OutboxMessage)
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    sent = nurse.post(f"/messages/{message.id}/new-link", page="/messages")
    shown = nurse.get(sent.headers["location"]).text
    assert "không có số nhận tin" in shown
    assert "Đã cấp đường dẫn mới" not in shown
    assert follow.tasks() == [("phone_patient", "no-contact")]


def test_another_station_sees_nothing(follow: Follow, app: FastAPI) -> None:
    follow.book()
    [message] = follow.rows(OutboxMessage)
    stranger = follow.do(lambda s, _now: make_member(s))
    other = Browser(app, token=follow.do(lambda s, now: make_sign_in(s, stranger, now=now)))
    assert "Chưa có tin nhắn" in other.get("/messages").text
    assert other.post(f"/messages/{message.id}/new-link", page="/messages").status_code == 404


def test_the_same_through_the_api(follow: Follow, app: FastAPI) -> None:
    follow.book()
    follow.cancel(follow.book(at("10:10")))
    api = api_client(app, follow.do(lambda s, now: make_token(s, follow.booking.nurse, now=now)))
    page = api.get("/api/v1/messages", params={"limit": 2}).json()
    assert len(page["items"]) == 2
    rest = api.get("/api/v1/messages", params={"before": page["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    one = api.get(f"/api/v1/messages/{rest['items'][0]['id']}").json()
    assert (one["phone"], one["state"]) == ("0868 ••• 498", "queued")
    counts = api.get("/api/v1/messages/counts").json()["counts"]
    assert (counts["queued"], counts["skipped"], counts["sent"]) == (2, 1, 0)
    missing = api.get(f"/api/v1/messages/{follow.patient_id}")
    assert (missing.status_code, missing.json()["code"]) == (404, "message-not-found")


def test_the_log_shows_attempts_parts_and_cost_and_is_filtered_by_gateway(
    follow: Follow, clock: FixedClock, tmp_path: Path
) -> None:
    first, second = ObedientGateway("file"), ObedientGateway("gammu")
    first.faults = [GatewayError(Fault.CONFIGURATION, "no-credit")]
    follow.book()
    sender = Sender("TYT", "http://127.0.0.1:8000", prices={"gammu": 1_350})
    send_due(Post(follow.database, [first, second], sender, CHECKERS))
    app = build_app(
        follow.database,
        tmp_path,
        clock,
        sms_gateway="file,gammu",
        sms_gammu_url=f"sqlite:///{tmp_path / 'gammu.sqlite3'}",
    )
    nurse = Browser(app, token=follow.do(lambda s, now: make_sign_in(s, follow.booking.nurse, now=now)))
    log = nurse.get("/messages").text
    assert "2 lần gửi" in log
    assert "file: không nhận, hết tiền ở tổng đài tin nhắn" in log
    assert "gammu: đã nhận" in log
    assert "1 phần, 1.350 đ" in log
    assert "Chưa có tin nhắn" not in nurse.get("/messages?gateway=gammu").text
    assert "1 phần" not in nurse.get("/messages?gateway=esms").text
    token = follow.do(lambda s, now: make_token(s, follow.booking.nurse, now=now))
    api = api_client(app, token)
    [message] = api.get("/api/v1/messages?gateway=gammu").json()["items"]
    assert (message["attempts"], message["parts"], message["cost"]) == (2, 1, 1_350)
    tries = api.get(f"/api/v1/messages/{message['id']}/attempts").json()
    assert [(each["gateway"], each["state"]) for each in tries] == [
        ("file", "refused"),
        ("gammu", "accepted"),
    ]


def test_who_reads_the_log_is_warned_when_the_budget_is_used_up(nurse: Browser, follow: Follow) -> None:
    follow.book()
    assert "hết hạn mức" not in nurse.get("/messages").text
    sender = Sender("TYT", "http://127.0.0.1:8000", budget=Budget(per_facility=0))
    send_due(Post(follow.database, [ObedientGateway()], sender, CHECKERS))
    assert "Hôm nay 1 tin không gửi vì đã hết hạn mức" in nurse.get("/messages").text
    assert [kind for kind, _ in follow.tasks()] == ["phone_patient"]
    follow.clock.advance(days=1)
    assert "hết hạn mức" not in nurse.get("/messages").text
