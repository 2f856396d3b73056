"""The workspace in a real browser: it saves itself, and what is typed survives a line that drops."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from telehealth.visits import service
from telehealth.visits.queries import records_of
from telehealth.visits.rules import Section
from tests.support.chromium import open_device, wait_on, wait_until_mounted
from tests.support.practice import PIN, Practice
from tests.support.serving import serve

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser


@pytest.fixture
def page(practice: Practice, chromium: Browser) -> Iterator[Page]:
    """The doctor's workspace, open."""
    with serve(practice.app) as address, open_device(chromium, base_url=address) as device:
        token = practice.doctor.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        page = device.new_page()
        page.goto(practice.case)
        wait_until_mounted(page)
        yield page


def test_words_are_saved_while_one_goes_on_typing(page: Page) -> None:
    field, state = page.get_by_label("Khám lâm sàng"), page.locator("#findings-state")
    held: list[Route] = []
    page.route(re.compile("/sections/findings"), lambda route: held.append(route), times=1)
    field.press_sequentially("Tim đều")
    expect(state).to_contain_text("Chưa lưu")
    wait_on(page, lambda: held, what="the first words being sent")
    held[0].continue_()
    expect(state).to_contain_text("Đã lưu")
    field.press_sequentially(", phổi trong")
    expect(state.locator("[name=version]")).to_have_value("2")
    expect(field).to_have_value("Tim đều, phổi trong")
    page.reload()
    expect(page.get_by_label("Khám lâm sàng")).to_have_value("Tim đều, phổi trong")


def test_a_dropped_line_loses_nothing(page: Page) -> None:
    field, state = page.get_by_label("Khám lâm sàng"), page.locator("#findings-state")
    page.context.set_offline(True)
    field.press_sequentially("Tim đều")
    expect(state).to_contain_text("đang thử lại")
    expect(field).to_have_value("Tim đều")
    page.context.set_offline(False)
    expect(state).to_contain_text("Đã lưu")
    expect(field).to_have_value("Tim đều")


def test_a_colleagues_words_stand_beside_ones_own(page: Page, practice: Practice) -> None:
    with practice.database.write() as unit:
        world = practice.world
        service.write_section(
            unit.session,
            world.practitioner,
            world.visit.id,
            Section.FINDINGS,
            "Phổi trong",
            version=0,
            now=unit.now,
        )
    page.get_by_label("Khám lâm sàng").fill("Tim đều")
    state = page.locator("#findings-state")
    expect(state).to_contain_text("Hoàng Văn Dũng")
    expect(state).to_contain_text("Phổi trong")
    page.get_by_role("button", name="Giữ cả hai").click()
    expect(page.get_by_label("Khám lâm sàng")).to_have_value("Phổi trong\nTim đều")


def test_a_record_is_written_and_signed(page: Page, practice: Practice) -> None:
    page.get_by_label("Khám lâm sàng").fill("Tim đều, phổi trong")
    page.get_by_label("Lời dặn").fill("Ăn nhạt")
    page.locator("#f-diagnosis").press_sequentially("huyet ap vo can")
    page.get_by_role("button", name="I10 Tăng huyết áp vô căn").click()
    expect(page.get_by_label("Chẩn đoán 1", exact=True)).to_have_value("Tăng huyết áp vô căn (nguyên phát)")
    page.get_by_role("button", name="2 tuần").click()
    expect(page.get_by_label("Ngày (ngày/tháng/năm)")).to_have_value("07/12/2026")
    secret = page.get_by_label("Mã PIN hoặc mật khẩu của anh/chị")
    expect(secret).to_be_visible()
    secret.fill(PIN)
    page.get_by_role("button", name="Ký hồ sơ").click()
    page.wait_for_url(f"**{practice.visit}?done=signed")
    expect(page.get_by_text("Đã ký, không sửa được")).to_be_visible()


def test_what_is_looked_for_while_a_choice_is_on_its_way_is_found(page: Page) -> None:
    """Given a slow line, when one types on after picking, then nothing typed is gone with the old field."""
    held: list[Route] = []
    page.route("**/diagnoses", lambda route: held.append(route))
    field = page.locator("#f-diagnosis")
    field.press_sequentially("huyet ap vo can")
    page.get_by_role("button", name="I10 Tăng huyết áp vô căn").click()
    expect(field).to_have_value("")
    field.press_sequentially("dai thao duong")
    wait_on(page, lambda: held, what="the choice being sent")
    held[0].continue_()
    expect(page.get_by_label("Chẩn đoán 1", exact=True)).to_have_value("Tăng huyết áp vô căn (nguyên phát)")
    expect(field).to_have_value("dai thao duong")
    expect(page.get_by_role("button", name="E11").first).to_be_visible()


def test_what_is_found_is_not_printed_anew_under_the_finger(page: Page) -> None:
    """Given what the first letters found, when the rest finds anew while it is pressed, then it is taken."""
    field, found = page.locator("#f-diagnosis"), page.get_by_role("button", name="I10 Tăng huyết áp vô căn")
    field.fill("huyet ap")
    expect(found).to_be_visible()
    held: list[Route] = []
    page.route(re.compile("/diagnosis-codes"), lambda route: held.append(route), times=1)
    field.fill("huyet ap vo can")
    wait_on(page, lambda: held, what="the rest being looked for")
    found.hover()
    page.mouse.down()
    with page.expect_response(re.compile("/diagnosis-codes")):
        held[0].continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # what came would stand there by now
    page.mouse.up()
    expect(page.get_by_label("Chẩn đoán 1", exact=True)).to_have_value("Tăng huyết áp vô căn (nguyên phát)")


def test_the_last_words_typed_are_saved_before_the_record_is_signed(page: Page, practice: Practice) -> None:
    with practice.app.state.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page.reload()
    wait_until_mounted(page)
    page.get_by_label("Mã PIN hoặc mật khẩu của anh/chị").fill(PIN)
    page.get_by_label("Lời dặn").fill("Ăn nhạt, cân mỗi sáng")
    page.get_by_role("button", name="Ký hồ sơ").click()
    page.wait_for_url(f"**{practice.visit}?done=signed")
    expect(page.get_by_text("Ăn nhạt, cân mỗi sáng")).to_be_visible()


def test_a_wrong_secret_beside_the_call_can_be_tried_again_there(page: Page, practice: Practice) -> None:
    with practice.app.state.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page.goto(f"/calls/{practice.world.appointment.id}")
    secret, sign = page.locator("#sign input[type=password]"), page.get_by_role("button", name="Ký hồ sơ")
    expect(page.locator("#later-more form")).to_have_count(1)
    secret.fill("135792")
    sign.click()
    expect(page.locator("#sign")).to_contain_text("chưa đúng")
    expect(secret).to_have_value("")
    secret.fill(PIN)
    page.get_by_label("Lời dặn").fill("Ăn nhạt, cân mỗi sáng")
    sign.click()
    expect(page.locator("#case")).to_contain_text("Đã ký. Trạm xem và in được ngay")
    expect(page.locator("#case textarea")).to_have_count(0)
    expect(page.locator("#later-more form, #later-ended form")).to_have_count(0)
    assert len(page.context.pages) == 1
    with practice.database.read() as unit:
        [record] = records_of(unit.session, practice.world.visit)
        assert "cân mỗi sáng" in record.canonical


def tell_medicine(practice: Practice) -> None:
    """Let the station add to the visit, in the program that serves the page."""
    with practice.app.state.database.write() as unit:
        service.write_section(
            unit.session,
            practice.world.nurse,
            practice.world.visit.id,
            Section.MEDICINES,
            "Amlodipin 5 mg",
            version=0,
            now=unit.now,
        )


def test_what_the_station_adds_appears_by_itself(page: Page, practice: Practice) -> None:
    expect(page.locator("#case-summary")).not_to_contain_text("Amlodipin")
    tell_medicine(practice)
    expect(page.locator("#case-summary")).to_contain_text("Amlodipin 5 mg")


def test_what_the_station_adds_while_the_page_is_on_its_way_appears(page: Page, practice: Practice) -> None:
    def add_first(route: Route) -> None:
        tell_medicine(practice)
        route.continue_()

    page.route(re.compile(r"/live\?age="), add_first, times=1)
    page.reload()
    expect(page.locator("#case-summary")).to_contain_text("Amlodipin 5 mg")


def test_the_record_is_written_beside_the_call(page: Page, practice: Practice) -> None:
    page.goto(f"/calls/{practice.world.appointment.id}")
    expect(page.locator("#case")).to_be_visible()
    page.get_by_label("Khám lâm sàng").fill("Tim đều")
    expect(page.locator("#findings-state")).to_contain_text("Đã lưu")
    expect(page.get_by_label("Khám lâm sàng")).to_have_value("Tim đều")
    page.get_by_text("Tiền sử và lượt khám trước").click()
    tell_medicine(practice)
    expect(page.locator("#case-summary")).to_contain_text("Amlodipin 5 mg")
    expect(page.locator("#case-background")).to_have_attribute("open", "")


def test_who_writes_on_a_tablet_held_upright_keeps_the_call_in_sight(page: Page, practice: Practice) -> None:
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(f"/calls/{practice.world.appointment.id}")
    expect(page.locator("#case")).to_be_visible()
    # Without signalling nobody is in the call; its buttons stand where they would, whatever it tries anew.
    page.locator(".work__controls").evaluate(
        "(controls) => { delete controls.dataset.phases; controls.hidden = false; }"
    )
    page.locator("#sign").scroll_into_view_if_needed()
    expect(page.locator("#sign")).to_be_in_viewport()
    expect(page.locator(".work__controls")).to_be_in_viewport(ratio=1)


def test_pressing_sign_leads_to_two_plans_that_wait_for_a_choice(page: Page, practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page.reload()
    wait_until_mounted(page)
    with practice.database.write() as unit:
        world = practice.world
        service.plan_follow_up(
            unit.session, world.practitioner, world.visit.id, date(2026, 12, 1), None, version=1, now=unit.now
        )
    page.locator("#f-follow_up_on").fill("07/12/2026")
    page.locator("#f-follow_up_on").blur()
    expect(page.locator("#follow-up .clash")).to_contain_text("01/12/2026")
    page.locator("#sign [name=secret]").fill(PIN)
    page.get_by_role("button", name="Ký hồ sơ").click()
    expect(page.get_by_role("button", name="Dùng của tôi")).to_be_focused()
    with practice.database.read() as unit:
        assert records_of(unit.session, practice.world.visit) == []
    page.get_by_role("button", name="Dùng của tôi").click()
    expect(page.locator("#follow-up .clash")).to_have_count(0)
    page.locator("#sign [name=secret]").fill(PIN)
    page.get_by_role("button", name="Ký hồ sơ").click()
    page.wait_for_url(re.compile("done=signed"))
    with practice.database.read() as unit:
        (record,) = records_of(unit.session, practice.world.visit)
        assert "2026-12-07" in record.canonical
