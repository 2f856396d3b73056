"""Forms that are sent as a whole: an expired sign-in takes no words, and what has arrived is not kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from telehealth import wiring
from telehealth.examination.service import load_templates
from telehealth.kit.events import Bus
from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import records_of
from tests.support.practice import PIN, Practice
from tests.web.drafts.machine import WORDS, end_sign_ins, kept, open_page, sign_in, wait_until_kept

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

TEMPLATES = Path(__file__).parents[3] / "web/templates"
ERASE = """() => new Promise((done, fail) => {
  const request = indexedDB.deleteDatabase("drafts");
  request.onsuccess = () => done();
  request.onerror = () => fail(request.error);
})"""
HELD = ("visits/amend", "patients/register", "referrals/*", "orders/*", "answers/*")


@pytest.fixture
def bus() -> Bus:
    """Everything hears of everything, as in the program."""
    return wiring.build_bus()


@dataclass(frozen=True)
class Held:
    """A form: its page, who writes on it, and the field that is typed into."""

    page: str
    actor: MembershipActor
    field: str
    words: str = WORDS


def held(practice: Practice) -> Iterator[Held]:
    """Every form, each when its page is there: of an open visit first, then of the signed one."""
    world, visit = practice.world, practice.visit
    with practice.database.write() as unit:
        load_templates(unit.session, now=unit.now)
        wanted = orders.Wanted(kind=OrderKind.LAB, what="Đường huyết", when=When.NOW)
        order = orders.write(unit.session, world.doctor, world.visit.id, wanted, now=unit.now)
        order_id = order.id
    yield Held("/patients/new", world.nurse, "#register-form [name=full_name]")
    yield Held(f"{visit}/measurements", world.nurse, "[name=pain]", "3")
    yield Held(f"{visit}/referral", world.doctor, "#part-referral [name=reason]")
    yield Held(f"{visit}/orders", world.doctor, "#part-orders [name=what]")
    with practice.database.write() as unit:
        world.write(unit.session, now=unit.now)
        world.sign(unit.session, now=unit.now)
    yield Held(f"/orders/{order_id}", world.nurse, "[name=result]")
    yield Held(f"{visit}/amend", world.doctor, "[name=text]")


def field_of(page: Page, form: Held) -> Locator:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    return page.locator(form.field).first


def send(page: Page, field: Locator) -> int:
    """Send a field's form, wait until its answer is there (as a page or a part), and return its status."""
    is_part = field.evaluate("(field) => field.form.hasAttribute('hx-post')")
    is_sent = "(field) => { field.form.noValidate = true; field.form.requestSubmit(); }"
    if is_part:
        with page.expect_response(lambda answer: answer.request.method == "POST") as part:
            field.evaluate(is_sent)
        return part.value.status
    with page.expect_navigation() as whole:
        field.evaluate(is_sent)
    return whole.value.status if whole.value else 0


def test_words_are_back_after_an_expired_sign_in_on_every_form(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    for form in held(practice):
        sign_in(device, practice, form.actor, address)
        page = open_page(device, form.page)
        field_of(page, form).fill(form.words)
        wait_until_kept(page)
        end_sign_ins(practice)
        assert send(page, field_of(page, form)) == 401, form.page
        page.close()
        sign_in(device, practice, form.actor, address)
        page = open_page(device, form.page)
        expect(field_of(page, form)).to_have_value(form.words)
        expect(page.locator("[data-part=restored]:not([hidden])")).to_contain_text("đã khôi phục")
        assert len(kept(page)) == 1
        page.evaluate(ERASE)
        page.close()


def test_an_amendment_that_was_signed_is_kept_no_longer(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    sign_in(device, practice, practice.world.doctor, address)
    page = open_page(device, f"{practice.visit}/amend")
    page.locator("[name=text]").fill(WORDS)
    page.locator("[name=reason]").fill("Ghi thiếu")
    page.locator("[name=secret]").fill("135791")
    wait_until_kept(page)
    page.locator("[name=text]").evaluate("(field) => field.form.requestSubmit()")
    # A mistake is answered by the same form: the words are there, and still kept.
    expect(page.get_by_text("chưa đúng").first).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value(WORDS)
    assert len(kept(page)) == 1
    page.locator("[name=secret]").fill(PIN)
    page.locator("[name=text]").evaluate("(field) => field.form.requestSubmit()")
    page.wait_for_url(re.compile("done=amended"))
    wait_until_kept(page, 0)
    with practice.database.read() as unit:
        assert len(records_of(unit.session, practice.world.visit)) == 2


def test_every_form_with_room_for_words_keeps_them() -> None:
    found = {name: list(TEMPLATES.glob(f"{name}.html")) for name in HELD}
    assert all(found.values()), found
    for template in (path for paths in found.values() for path in paths):
        for form in re.findall(r"<form.*?</form>", template.read_text("utf-8"), re.DOTALL):
            if "rows=" in form or "<textarea" in form:
                assert 'data-draft="' in form.partition(">")[0] or "hx-get" in form, (
                    template.name,
                    form[:200],
                )
