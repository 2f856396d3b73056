"""Parts that print themselves again: one stream for a browser, polling when it is down."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.support.chromium import open_device, wait_on
from tests.web.gallery import run_gallery

PART_URL = re.compile(r"//[^/]+/patterns$")
STREAM_URL = re.compile(r"/live(\?|$)")
POLL_MS = 10_000
PART = '<div id="sample-live" data-live="appointment"><p>Đã in lại</p></div>'
PRESS_AT_ONCE = """() => {
  const press = () => document.querySelector("#sample-live button").click();
  document.addEventListener("htmx:afterSwap", () => setTimeout(press, 0), { once: true });
}"""
TELL = "(topic) => new BroadcastChannel('live').postMessage(topic)"
LATER = """(part) => {
  const [later, over] = [part.cloneNode(true), part.cloneNode(false)];
  const ring = later.querySelector("section:has([action='/urgent/0190/decline'])");
  ring.querySelector("details").open = false;
  ring.before(ring.cloneNode(true));
  ring.previousSibling.innerHTML = ring.innerHTML.replaceAll("/0190/", "/0189/");
  over.textContent = "Đã in lại";
  return [later.outerHTML, over.outerHTML];
}"""
CHANGE = 'retry: 3600000\n\nevent: change\nid: 1-1\ndata: {"topic":"%s","id":"x"}\n\n'


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with run_gallery() as address:
        yield address


class Device:
    """A browser whose streams stay open until the test lets them speak."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.streams: list[Route] = []
        self.asked: list[Request] = []
        self.is_slow = False
        self.late: list[Route] = []
        context.route(STREAM_URL, lambda route: self.streams.append(route))
        context.route(PART_URL, self._answer_part)

    def open_tab(self) -> Page:
        """Open the page with the part in a new tab."""
        page = self.context.new_page()
        page.goto("/gallery/patterns/patterns")
        expect(page.locator("#sample-live")).to_contain_text("Phần này")
        return page

    def say(self, topic: str) -> None:
        """Let the open stream tell of a change, and end."""
        self.streams[-1].fulfill(body=CHANGE % topic, content_type="text/event-stream")

    def _answer_part(self, route: Route) -> None:
        self.asked.append(route.request)
        if self.is_slow:
            self.late.append(route)
        else:
            self.answer(route)

    def answer(self, route: Route) -> None:
        """Print the part again."""
        route.fulfill(body=PART, content_type="text/html; charset=utf-8")


@pytest.fixture
def device(chromium: Browser, address: str) -> Iterator[Device]:
    with open_device(chromium, base_url=address) as context:
        yield Device(context)


def wait_for_stream(device: Device, page: Page, streams: int = 1) -> None:
    """Wait until so many streams were asked for."""
    wait_on(page, lambda: len(device.streams) >= streams, what=f"{streams} streams")


def test_a_change_prints_the_part_again_in_every_tab_over_one_stream(device: Device) -> None:
    tabs = [device.open_tab(), device.open_tab()]
    wait_for_stream(device, tabs[0])
    device.say("appointment")
    tabs[0].bring_to_front()
    expect(tabs[0].locator("#sample-live")).to_have_text("Đã in lại")
    tabs[1].bring_to_front()
    expect(tabs[1].locator("#sample-live")).to_have_text("Đã in lại")
    assert len(device.streams) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", device.asked[0].headers["x-live-refresh"])
    assert device.asked[0].headers["hx-target"] == "sample-live"


def open_question(page: Page) -> None:
    question = '<details open data-module="menu"><summary>Hủy?</summary></details>'
    page.locator("#sample-live").evaluate(
        "(part, html) => part.insertAdjacentHTML('beforeend', html)", question
    )


def close_question(page: Page) -> None:
    page.locator("#sample-live details").evaluate("details => { details.open = false }")


def test_an_open_question_is_left_alone_until_it_is_closed(device: Device) -> None:
    page = device.open_tab()
    wait_for_stream(device, page)
    open_question(page)
    device.say("appointment")
    page.wait_for_timeout(800)
    assert device.asked == []
    close_question(page)
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_a_question_opened_while_the_answer_is_on_its_way_stays_open(device: Device) -> None:
    page = device.open_tab()
    wait_for_stream(device, page)
    device.is_slow = True
    device.say("appointment")
    wait_on(page, lambda: device.late, what="the part being asked for")
    open_question(page)
    device.is_slow = False
    with page.expect_response(PART_URL):
        device.answer(device.late[0])
    page.wait_for_timeout(300)
    expect(page.locator("#sample-live details")).to_have_attribute("open", "")
    close_question(page)
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")
    assert len(device.asked) > 1, "it was asked for again"


def test_a_ring_that_is_over_goes_whatever_is_open_on_it(device: Device) -> None:
    """Given open reasons to decline, a ring that still rings keeps them, one that is over goes at once."""
    page = device.context.new_page()
    page.goto("/gallery/urgent/rings")
    wait_for_stream(device, page)
    part = page.locator("#rings")
    ring = page.locator("details[data-module=menu]:has(form[action='/urgent/0190/decline'])")
    ring.locator("summary").click()
    ring.locator("[value=in_surgery]").focus()
    both, over = part.evaluate(LATER)
    html = "text/html; charset=utf-8"
    device.context.route("**/ring", lambda route: route.fulfill(body=both, content_type=html))
    page.evaluate(TELL, "ring")
    expect(page.locator("details:has(form[action='/urgent/0189/decline'])")).not_to_have_attribute("open", "")
    expect(ring).to_have_attribute("open", "")
    expect(ring.locator("[value=in_surgery]")).to_be_focused()
    device.context.route("**/ring", lambda route: route.fulfill(body=over, content_type=html))
    page.evaluate(TELL, "ring")
    expect(part).to_have_text("Đã in lại")


def test_a_button_is_not_printed_anew_under_the_finger(device: Device) -> None:
    """Given a button held down, when the part comes anew, then letting go still presses it."""
    page = device.open_tab()
    wait_for_stream(device, page)
    page.locator("#sample-live").evaluate(
        "(part) => part.insertAdjacentHTML('beforeend', '<button type=button>10:30</button>')"
    )
    page.evaluate("window.presses = 0")
    page.locator("#sample-live button").evaluate("(button) => (button.onclick = () => (window.presses += 1))")
    device.is_slow = True
    device.say("appointment")
    wait_on(page, lambda: device.late, what="the part being asked for")
    page.locator("#sample-live button").hover()
    page.mouse.down()
    device.is_slow = False
    with page.expect_response(PART_URL):
        device.answer(device.late[0])
    page.wait_for_timeout(300)
    page.mouse.up()
    assert page.evaluate("window.presses") == 1
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_a_form_on_its_way_is_not_printed_anew(device: Device) -> None:
    """Given a form that is being sent, when its part comes anew, then it stays until it was answered."""
    page = device.open_tab()
    wait_for_stream(device, page)
    page.locator("#sample-live").evaluate(
        "(part) => part.insertAdjacentHTML('beforeend', '<form data-state=busy><button>Giữ</button></form>')"
    )
    device.say("appointment")
    page.wait_for_timeout(1_000)
    expect(page.locator("#sample-live form")).to_have_count(1)
    page.locator("#sample-live form").evaluate("(form) => delete form.dataset.state")
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_what_has_just_come_answers_at_once(device: Device) -> None:
    """Given a button that stands there since this moment, when it is pressed, then that is heard."""
    page = device.open_tab()
    wait_for_stream(device, page)
    device.is_slow = True
    device.say("appointment")
    wait_on(page, lambda: device.late, what="the part being asked for")
    device.is_slow = False
    page.evaluate(PRESS_AT_ONCE)
    button = (
        '<button type="button" hx-post="/patterns" hx-target="#sample-live" hx-swap="outerHTML">Giữ</button>'
    )
    device.late[0].fulfill(body=PART.replace("Đã in lại", button), content_type="text/html; charset=utf-8")
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_the_focus_stays_where_it_is_when_its_part_comes_anew(device: Device) -> None:
    """Given a button reached by keys, when its part is printed anew, then Enter presses the same one."""
    page = device.open_tab()
    wait_for_stream(device, page)
    two = "".join(f'<button type="button" name="slot" value="{time}">{time}</button>' for time in (9, 10))
    page.locator("#sample-live").evaluate("(part, two) => part.insertAdjacentHTML('beforeend', two)", two)
    page.locator("#sample-live [value='10']").focus()
    device.is_slow = True
    device.say("appointment")
    wait_on(page, lambda: device.late, what="the part being asked for")
    device.late[0].fulfill(
        body=PART.replace("<p>Đã in lại</p>", two), content_type="text/html; charset=utf-8"
    )
    expect(page.locator("#sample-live p")).to_have_count(0)
    expect(page.locator("#sample-live [value='10']")).to_be_focused()


def test_no_part_leads_away_from_what_was_just_sent(device: Device) -> None:
    """Given a form on its way, when a part's page has become another, then it leads there afterwards."""
    page = device.open_tab()
    wait_for_stream(device, page)
    device.is_slow = True
    device.say("appointment")
    wait_on(page, lambda: device.late, what="the part being asked for")
    page.locator("main").evaluate(
        "(main) => main.insertAdjacentHTML('beforeend', '<form id=sent data-state=busy></form>')"
    )
    way = {"HX-Redirect": "/gallery/queue/queue"}
    with page.expect_response(PART_URL):
        device.late[0].fulfill(status=204, headers=way)
    wait_on(page, lambda: len(device.late) > 1, what="the part being asked for again")
    assert page.url.endswith("/patterns/patterns")
    page.locator("#sent").evaluate("(form) => form.remove()")
    device.late[1].fulfill(status=204, headers=way)
    page.wait_for_url("**/gallery/queue/queue")


def test_what_was_pressed_in_an_open_question_is_answered_there(device: Device) -> None:
    """What somebody sends is no refresh: its answer comes in place of the part, however busy that is."""
    page = device.open_tab()
    open_question(page)
    form = '<form hx-post="/patterns" hx-target="#sample-live" hx-swap="outerHTML"><button>Có</button></form>'
    page.locator("#sample-live details").evaluate(
        "(details, html) => { details.insertAdjacentHTML('beforeend', html); htmx.process(details); }", form
    )
    page.locator("#sample-live form button").click()
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_a_change_of_something_else_leaves_the_part_alone(device: Device) -> None:
    device.context.clock.install()
    page = device.open_tab()
    wait_for_stream(device, page)
    began = page.evaluate("Date.now()")
    device.say("message")
    while not device.asked:
        page.clock.run_for(1_000)
    waited = page.evaluate("Date.now()") - began
    assert waited >= POLL_MS, "it was asked for only because the stream has ended"


def test_the_next_tab_takes_over_the_stream(device: Device) -> None:
    first, second = device.open_tab(), device.open_tab()
    wait_for_stream(device, first)
    first.close()
    wait_for_stream(device, second, streams=2)
    device.say("appointment")
    expect(second.locator("#sample-live")).to_have_text("Đã in lại")


def test_without_a_stream_the_part_is_asked_for_every_ten_seconds(device: Device) -> None:
    device.context.clock.install()
    page = device.open_tab()
    wait_for_stream(device, page)
    device.streams[-1].fulfill(status=503)
    while not device.asked:
        page.clock.run_for(1_000)
    expect(page.locator("#sample-live")).to_have_text("Đã in lại")


def test_a_part_that_cannot_be_fetched_says_so_and_stays(device: Device) -> None:
    page = device.open_tab()
    wait_for_stream(device, page)
    device.context.unroute(PART_URL)
    device.context.route(PART_URL, lambda route: route.fulfill(status=503, body=""))
    device.say("appointment")
    expect(page.locator("#live-state")).to_contain_text("Chưa cập nhật được")
    expect(page.locator("#sample-live")).to_contain_text("Phần này")


def test_losing_the_network_is_said_under_the_bar(device: Device) -> None:
    page = device.open_tab()
    device.context.set_offline(True)
    expect(page.locator("#live-state")).to_contain_text("Đang mất mạng")
    device.context.set_offline(False)
    expect(page.locator("#live-state")).to_be_empty()
