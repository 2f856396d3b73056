"""Patients' links on phones of 360 px: lost and found, a shared phone, two phones, somebody who helps.

Texts may wait for the morning, so what a text would hold is derived here as it is when one is sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect
from sqlmodel import col, select

from telehealth.links.models import LinkCode, LinkOpening, PatientLink
from telehealth.links.service import code_for_delivery
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from tests.support import phones
from tests.support.callers import CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import PATIENCE_MS, open_device
from tests.support.phones import link_of
from tests.support.processes import wait_until

CODE_BUTTON = "Gửi mã cho tôi"


@contextmanager
def phone(stage: CallStage) -> Iterator[Page]:
    """A phone that has never been here."""
    with open_device(stage.browser, base_url=stage.server.base_url, is_phone=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


def code_of(stage: CallStage, call: BookedCall) -> str:
    """The digits of the newest code that was asked for."""
    with stage.database.read() as unit:
        query = select(LinkCode.id).where(LinkCode.patient_id == call.patient.id)
        newest = unit.session.exec(query.order_by(col(LinkCode.id).desc())).first()
        assert newest is not None
        return code_for_delivery(unit.session, newest)


def come_in(page: Page, link: str) -> None:
    """Tap the link and the year 1949."""
    page.goto(link)
    fits(page)
    page.get_by_role("button", name="Mở lời nhắn").click()
    page.get_by_text("1940 – 1949").click()
    fits(page)
    page.get_by_role("button", name="1949").click()
    expect(page.get_by_text("Bàn Thị Nái").first).to_be_visible()


def see_who_looked(stage: CallStage, call: BookedCall, page: Page, *, own: bool) -> None:
    """Go through the code to the list of who saw the record."""
    page.get_by_role("link", name="Ai đã xem hồ sơ của tôi").click()
    page.get_by_role("button", name=CODE_BUTTON).click()
    # Looked at before the next page has come, a page is taken away under the look.
    expect(page.get_by_label("Mã 6 số")).to_be_visible()
    fits(page)
    page.get_by_label("Mã 6 số").fill(code_of(stage, call))
    if own:
        page.get_by_label("Đây là điện thoại của tôi").check()
    page.get_by_role("button", name="Mở", exact=True).click()
    expect(page.get_by_text("Điều dưỡng trạm").first).to_be_visible()
    fits(page)


def fits(page: Page) -> None:
    """Nothing stands out to the side; the text is large."""
    phones.fits(page)
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)") >= 18


def test_a_lost_link_is_found_again_with_the_phone_number(call_stage: CallStage) -> None:
    """Given a link of another phone, when the number is typed, a text is queued and its link opens."""
    call = call_stage.book()
    with phone(call_stage) as page:
        page.goto("/p/01999999-0000-7000-8000-000000000000")
        fits(page)
        page.get_by_role("link", name="Lấy lại đường dẫn").click()
        expect(page.get_by_label("Số điện thoại")).to_be_visible()
        fits(page)
        page.get_by_label("Số điện thoại").fill("0868 123 456")
        page.get_by_role("button", name="Gửi lại cho tôi").click()
        expect(page.get_by_text("Đã nhận yêu cầu")).to_be_visible()

        def is_queued() -> bool:
            with call_stage.database.read() as unit:
                query = select(OutboxMessage.dedupe_key).where(
                    OutboxMessage.subject_id == call.appointment.id
                )
                return any(":again:" in key for key in unit.session.exec(query))

        wait_until(is_queued, what="the text is queued", seconds=60)
        come_in(page, link_of(call_stage.database, call))


def test_on_a_shared_phone_the_private_part_needs_a_code(call_stage: CallStage) -> None:
    """Given a phone the family shares, a code is asked for, and asked anew after it was locked."""
    call = call_stage.book()
    with phone(call_stage) as page:
        come_in(page, link_of(call_stage.database, call))
        see_who_looked(call_stage, call, page, own=False)
        page.get_by_role("button", name="Khóa lại phần riêng").click()
        page.get_by_role("link", name="Ai đã xem hồ sơ của tôi").click()
        expect(page.get_by_label("Mã 6 số").or_(page.get_by_role("button", name=CODE_BUTTON))).to_be_visible()


def test_a_code_opens_one_of_two_phones(call_stage: CallStage) -> None:
    """Given two phones with the link, when one gives the code, the other still has to."""
    call = call_stage.book()
    link = link_of(call_stage.database, call)
    with phone(call_stage) as first, phone(call_stage) as second:
        come_in(first, link)
        come_in(second, link)
        see_who_looked(call_stage, call, first, own=True)
        second.get_by_role("link", name="Ai đã xem hồ sơ của tôi").click()
        expect(second.get_by_role("button", name=CODE_BUTTON)).to_be_visible()
    with call_stage.database.read() as unit:
        query = (
            select(LinkOpening)
            .join(PatientLink, col(PatientLink.id) == LinkOpening.link_id)
            .where(PatientLink.patient_id == call.patient.id)
        )
        given = [each.code_given_at is not None for each in unit.session.exec(query)]
    assert sorted(given) == [False, True]


def test_a_guardian_is_told_for_whom_they_look(call_stage: CallStage) -> None:
    """Given a link sent to the patient's child, when it is opened, the page says whom it is about."""
    call = call_stage.book()
    with call_stage.database.write() as unit:
        contact = unit.session.exec(select(Contact).where(Contact.patient_id == call.patient.id)).one()
        contact.relation = Relation.CHILD
        unit.session.add(contact)
    with phone(call_stage) as page:
        come_in(page, link_of(call_stage.database, call))
        expect(page.get_by_text("đang xem giúp Bàn Thị Nái")).to_be_visible()
        fits(page)
