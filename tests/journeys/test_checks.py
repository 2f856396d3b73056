"""Questions after a visit, on a phone of 360 px: a red answer rings on the station's open page."""

import re

from playwright.sync_api import Page, expect

from telehealth.checks import queries, service
from telehealth.checks.models import CheckRound
from telehealth.kit.policy import policy_of
from telehealth.links.queries import count_tokens, find_open_link
from telehealth.links.service import token_for_delivery
from tests.support.asking import make_askable
from tests.support.callers import CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import PATIENCE_MS, open_device
from tests.support.phones import fits


def ask(stage: CallStage, call: BookedCall) -> str:
    """Ask about the blood pressure now, whatever the hour; return the path the text would hold."""
    with stage.database.write() as unit:
        session, now = unit.session, unit.now
        make_askable(session, call, now=now)
        today = policy_of(session).local_date(now)
        wanted = service.Wanted(questionnaire="blood_pressure", days=(today,))
        series = service.set_checks(session, call.doctor, call.appointment.visit_id, wanted, now=now)
        [row] = queries.rounds_of(session, [series.id])
        session.get_one(CheckRound, row.id).next_at = now
        session.flush()
        service.tick(session, row.id, now=now)
        link = find_open_link(session, row.id, now=now)
        assert link is not None
        number = count_tokens(session, link.id) + 1
        return f"/k/{token_for_delivery(session, link.id, number, now=now)}"


def answer_red(page: Page, link: str) -> None:
    """Come in, leave the figures out and say that there is a sign of danger."""
    page.goto(link)
    page.get_by_role("button", name="Mở lời nhắn").click()
    page.get_by_text("1940 – 1949").click()
    page.get_by_role("button", name="1949").click()
    expect(page.get_by_role("heading", name="Huyết áp đo tại nhà")).to_be_visible()
    fits(page)
    page.get_by_role("group", name=re.compile("đau ngực")).get_by_text("Có", exact=True).click()
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.get_by_role("heading", name="Hãy đi khám ngay")).to_be_visible()
    expect(page.get_by_role("link", name="Gọi 115")).to_be_visible()
    expect(page.get_by_text("Chuông đang reo ở trạm")).to_be_visible()
    fits(page)


def test_a_red_answer_rings_on_the_stations_open_page(call_stage: CallStage) -> None:
    """Given a nurse's open page, when the patient says there is danger, it rings there until she takes it."""
    call = call_stage.book()
    link = ask(call_stage, call)
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        open_device(call_stage.browser, base_url=call_stage.server.base_url, is_phone=True) as device,
    ):
        nurse.page.set_default_timeout(PATIENCE_MS)
        nurse.page.goto("/today")
        phone = device.new_page()
        phone.set_default_timeout(PATIENCE_MS)
        answer_red(phone, link)
        rings = nurse.page.locator("#rings")
        expect(rings.get_by_text("Trả lời báo nguy hiểm")).to_be_visible()
        assert "Bàn Thị Nái" not in rings.inner_text()
        rings.get_by_role("button", name="Nhận, tôi gọi ngay").click()
        nurse.page.wait_for_url("**/checks/rounds/*")
        expect(nurse.page.get_by_text("Bàn Thị Nái").first).to_be_visible()
        expect(nurse.page.locator("#rings").get_by_text("Trả lời báo nguy hiểm")).to_have_count(0)
        nurse.page.get_by_role("button", name="Đã bảo đi viện, gọi 115").click()
        nurse.page.wait_for_url("**/checks?done=noted")
        assert nurse.errors == []
