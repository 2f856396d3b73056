"""A nurse checks the line in a real browser, against a relay with the deployed configuration."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from sqlmodel import col, select

from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.lines.models import LineCheck
from tests.support import world
from tests.support.axe import check_accessibility
from tests.support.calls import BookedCall, book_call, open_folder, open_on_phone
from tests.support.certificates import make_certificate
from tests.support.chromium import FAKE_MEDIA, open_browser, open_device
from tests.support.coturn import SECRET, own_turn
from tests.support.servers import Server

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
LABORATORY = ("--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1")
MEASURED_MS = 90_000


@dataclass
class Stage:
    """The program with a relay, somebody at a station, and a browser that trusts the relay's certificate."""

    server: Server
    database: Database
    browser: Browser
    call: BookedCall

    @contextmanager
    def nurse(self) -> Iterator[Page]:
        with self.database.write() as unit:
            token = world.make_sign_in(unit.session, self.call.nurse, now=unit.now)
        with open_device(self.browser, base_url=self.server.base_url) as context:
            context.add_cookies([{"name": "signin", "value": token, "url": self.server.base_url}])
            yield context.new_page()

    def latest(self) -> dict[str, Any]:
        """What the check that was finished last left behind."""
        with self.database.read() as unit:
            query = select(LineCheck).where(col(LineCheck.finished_at).is_not(None))
            return (
                unit.session.exec(query.order_by(col(LineCheck.finished_at).desc()).limit(1))
                .one()
                .model_dump()
            )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Stage]:
    folder, relay = tmp_path_factory.mktemp("lines"), tmp_path_factory.mktemp("relay")
    certificate = make_certificate(relay, now=SystemClock().now())
    with (
        own_turn(relay, config=CONFIG, options=LABORATORY, certificate=certificate) as turn,
        open_folder(folder) as database,
        open_browser(playwright, flags=(*FAKE_MEDIA, "--ignore-certificate-errors")) as browser,
    ):
        with database.write() as unit:
            call = book_call(unit.session, now=unit.now)
        env = {
            "TELEHEALTH_TURN_URLS": str(turn.urls).replace("'", '"'),
            "TELEHEALTH_TURN_SECRET": SECRET,
            "TELEHEALTH_CHECK_ADDRESS": "127.0.0.1",
        }
        server = Server(folder, command=("serve",), env=env)
        server.start()
        try:
            yield Stage(server, database, browser, call)
        finally:
            server.stop()


def test_a_nurse_learns_what_the_line_is_good_for(stage: Stage) -> None:
    """Given a good line, when it is measured, then every way is open and a call with picture is advised."""
    with stage.nurse() as page:
        page.goto("/line-check")
        page.get_by_role("button", name="Nghe thử").click()
        page.get_by_role("button", name="Nghe được", exact=True).click()
        page.get_by_role("button", name="Đo đường truyền").click()
        expect(page.locator("[data-part=verdict]")).to_be_visible(timeout=MEASURED_MS)
        expect(page.locator("[data-part=title]")).to_have_text("Gọi có hình", timeout=MEASURED_MS)
        check_accessibility(page)
        found = stage.latest()
        ways = ("direct", "relay_udp", "relay_tcp", "relay_tls")
        assert {way: found[way] for way in ways} == dict.fromkeys(ways, "ok")
        assert (found["camera"], found["speaker"], found["mode"]) == ("ok", "ok", "video")
        assert found["facility_id"] == stage.call.nurse.facility_id
        assert min(found["up_kbps"], found["down_kbps"]) > 1000
        assert found["socket_ms"] is not None
        page.reload()
        expect(page.get_by_role("table").get_by_text("Gọi có hình")).to_be_visible()


def test_a_patient_s_phone_is_measured_with_the_page_and_gets_nothing_of_the_relay(stage: Stage) -> None:
    """Given an opened link, when the check page opens, then it measures by itself, without the relay."""
    with stage.database.write() as unit:
        phone = open_on_phone(unit.session, stage.call, now=unit.now)
    with open_device(stage.browser, base_url=stage.server.base_url, is_phone=True) as context:
        context.add_cookies([{"name": "phone", "value": phone.cookie, "url": stage.server.base_url}])
        page = context.new_page()
        frames: list[str] = []
        page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame)))
        )
        page.goto(f"{phone.call}/check")
        expect(page.locator("[data-part=verdict]")).to_be_visible(timeout=MEASURED_MS)
        assert "turn:" not in "".join(frames)
        assert "credential" not in "".join(frames)
    found = stage.latest()
    assert (found["facility_id"], found["direct"], found["relay_udp"]) == (None, "ok", "absent")


def test_a_killed_peer_harms_nobody_and_the_next_check_has_another(stage: Stage) -> None:
    """Given a check under way, when the peer's process is killed, then pages work and a check does again."""
    with stage.nurse() as page:
        page.goto("/line-check")
        page.get_by_role("button", name="Đo đường truyền").click()
        expect(page.locator("[data-part=doing]")).to_contain_text("mất gói", timeout=MEASURED_MS)
        for pid in peers_of(stage):
            os.kill(pid, signal.SIGKILL)
        page.goto("/today")
        assert stage.server.is_healthy()
        page.goto("/line-check")
        page.get_by_role("button", name="Đo đường truyền").click()
        expect(page.locator("[data-part=verdict]")).to_be_visible(timeout=MEASURED_MS)
        expect(page.locator("[data-part=title]")).to_have_text("Gọi có hình", timeout=MEASURED_MS)


def peers_of(stage: Stage) -> list[int]:
    """The processes of checking peers whose parent is this stage's server."""
    child = stage.server._child
    assert child is not None
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    return [int(each) for each in children]


def test_picture_and_sound_go_to_the_server_and_come_back_on_demand(stage: Stage) -> None:
    """Given camera and microphone, when the echo is asked for, then the own picture comes back."""
    with stage.nurse() as page:
        page.goto("/line-check")
        page.get_by_role("button", name="Thử hình và tiếng").click()
        echo = page.locator("[data-module='check/echo']")
        expect(echo.get_by_text("Hình và tiếng đang trở về. Hãy nói vài câu.")).to_be_visible(
            timeout=MEASURED_MS
        )
        page.wait_for_function(
            "() => document.querySelector(\"[data-module='check/echo'] video\").videoWidth > 0",
            timeout=MEASURED_MS,
        )
        expect(echo.locator("[data-part=said]")).to_have_text(
            "Hình và tiếng đi và về đều được.", timeout=MEASURED_MS
        )
        expect(echo.locator("video")).to_be_hidden()
