"""What a call's page fetches before its first picture, and what waits for it."""

import re

from playwright.sync_api import Page, Request, Route, expect

from tests.support.callers import CallStage

LATER = re.compile(r"/(during|beside|htmx\.min)\.js")
"""What a call needs only once there is a picture, the record beside it, and what brings that."""
KILOBYTES = 25


class Line:
    """A page's line, which drops what can wait until it is told to let it through."""

    def __init__(self, page: Page) -> None:
        self.dropped = 0
        self.is_open = False
        self._came: list[Request] = []
        page.route(LATER, self._carry)
        page.on("requestfinished", lambda request: self._came.append(request))

    def scripts(self) -> dict[str, int]:
        """Return how many bytes of each script came, packed."""
        came = [each for each in self._came if each.url.split("?")[0].endswith(".js")]
        return {each.url.rpartition("/")[2]: each.sizes()["responseBodySize"] for each in came}

    def _carry(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.dropped += 1
            route.abort()


def test_a_picture_of_staff_waits_for_25_kb_of_scripts_and_the_rest_comes_when_it_can(
    call_stage: CallStage,
) -> None:
    """Given a line that drops all else, when both have come, then they see each other; nothing is lost."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        lines = [Line(caller.page) for caller in (nurse, doctor)]
        nurse.come()
        nurse.page.fill("#call-text", "Em đã đo huyết áp cho bà.")
        nurse.press("Gửi tin")
        doctor.come()
        for caller, line in zip((nurse, doctor), lines, strict=True):
            assert min(caller.presented(1, wanted=5)) >= 5
            assert {"call.js", "live.js", "page.js"} <= line.scripts().keys()
            assert sum(line.scripts().values()) <= KILOBYTES * 1000, line.scripts()
            assert line.dropped
        expect(doctor.page.locator("#call-record #case")).to_have_count(0)
        assert nurse.page.input_value("#call-text")
        for line in lines:
            line.is_open = True
        expect(doctor.page.locator("[data-part=lines]")).to_contain_text("Em đã đo huyết áp cho bà.")
        expect(doctor.page.locator("#call-record #case")).to_be_visible()
        assert nurse.errors == doctor.errors == []


def test_so_does_a_picture_on_a_phone(call_stage: CallStage) -> None:
    """Given the same line, when a patient is let in, then they see the doctor."""
    call = call_stage.book()
    with call_stage.staff(call, "doctor") as doctor, call_stage.patient(call) as phone:
        line = Line(phone.page)
        doctor.come()
        phone.come()
        doctor.press("Cho vào")
        assert min(phone.presented(1, wanted=5)) >= 5
        assert sum(line.scripts().values()) <= KILOBYTES * 1000, line.scripts()
        assert not {"during.js", "check.js", "form.js"} & line.scripts().keys()
        line.is_open = True
        doctor.page.fill("#call-text", "Chào bà.")
        doctor.press("Gửi tin")
        expect(phone.page.locator("[data-part=unread]")).to_have_text("1")
        assert phone.errors == []
