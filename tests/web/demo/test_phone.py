"""The page that plays the phone."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging.gateways.file import FileGateway
from telehealth.messaging.ports import Outgoing
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock

pytestmark = pytest.mark.databases("sqlite")  # reads files only


def test_messages_lie_on_their_phone(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    phone = Browser(build_app(database, tmp_path, clock, demo=True))
    assert "Chưa có tin nhắn nào" in phone.get("/demo/phone").text
    gateway = FileGateway(tmp_path / "sms")
    gateway.send(Outgoing(new_id(), "+84868123456", "TYT: Lich kham <b> da huy."), now=clock.now())
    link = "http://127.0.0.1:8000/k/" + "A" * 22
    gateway.send(Outgoing(new_id(), "+84912000111", f"TYT: Lich kham. Xem: {link}"), now=clock.now())
    latest = phone.get("/demo/phone").text
    assert f'<a href="/k/{"A" * 22}">{link}</a>' in latest
    assert "da huy" not in latest
    assert "0868 123 456" in latest
    other = phone.get("/demo/phone?number=84868123456").text
    assert "Lich kham &lt;b&gt; da huy." in other
    assert link not in other


def test_a_number_without_messages_shows_nobody_elses(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    phone = Browser(build_app(database, tmp_path, clock, demo=True))
    gateway = FileGateway(tmp_path / "sms")
    gateway.send(Outgoing(new_id(), "+84912000111", "TYT: Lich kham da huy."), now=clock.now())
    page = phone.get("/demo/phone?number=84868123456").text
    assert "da huy" not in page
    assert "Số 0868 123 456 chưa nhận tin nhắn nào" in page
    assert "/demo/phone?number=84868123456" in page, "loading again must stay with the number"
    for odd in ("<b>", "1", "9" * 40, "٣٤"):
        assert "da huy" in phone.get(f"/demo/phone?number={odd}").text


def test_there_is_no_such_page_outside_the_demonstration(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    assert Browser(build_app(database, tmp_path, clock)).get("/demo/phone").status_code == 404
