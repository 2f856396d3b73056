"""Where a signed referral sends the patient: told on the phone behind its gates, and on paper."""

from pathlib import Path
from typing import Any

import pytest

from telehealth.kit.db import Database
from telehealth.links.models import PatientLink
from telehealth.referrals import service
from telehealth.referrals.models import Referral
from telehealth.referrals.rules import DeclineReason, Transport, Urgency
from telehealth.staff.actors import MembershipActor
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.leaflets import After
from tests.support.world import make_doctor, make_hospital, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slices run on both elsewhere

TITLE = "Chuyển đến nơi khác khám"


class Sent:
    """A visit that refers its patient to a hospital with a doctor, signed."""

    def __init__(self, after: After, **more: Any) -> None:
        self.after = after
        with after.database.write() as unit:
            hospital = make_hospital(
                unit.session, name="BVĐK Bắc Kạn", tier="province", phone="+842093870943"
            )
            self.receiver: MembershipActor = make_doctor(unit.session, hospital, name="Lò Thị Nhận")
            given = {"urgency": Urgency.URGENT, "reason": "Nghi suy tim mất bù", **more}
            wanted = service.Wanted(to_facility_id=hospital.id, **given)
            world = after.world
            written = service.write(
                unit.session, world.doctor, world.visit.id, wanted, version=0, now=unit.now
            )
            self.id = written.id
        after.sign()

    def act(self, name: str, actor: MembershipActor, *said: Any, **more: Any) -> Referral:
        """Let somebody do something with the referral as it stands."""
        with self.after.database.write() as unit:
            version = unit.session.get_one(Referral, self.id).version
            act = getattr(service, name)
            done: Referral = act(unit.session, actor, self.id, *said, version=version, now=unit.now, **more)
            return done

    def page(self) -> str:
        """The doctor's words as the patient reads them on a phone of their own."""
        phone, place = self.after.inside()
        return str(phone.get(place).text)


@pytest.fixture
def after(database: Database, clock: FixedClock, tmp_path: Path) -> After:
    return After(database, clock, tmp_path)


def test_a_referral_says_where_to_go_how_soon_and_what_to_bring(after: After) -> None:
    page = Sent(after).page()
    for told in (
        TITLE,
        "Đi sớm nhất có thể, ngay trong ngày",
        "BVĐK Bắc Kạn",
        "tel:+842093870943",
        "nhờ người nhà đưa đi",
        "Trạm đã gửi giấy chuyển cho nơi nhận",
        "Giấy chuyển cơ sở khám bệnh",
        "Thẻ bảo hiểm y tế",
        "Thuốc và đơn thuốc đang dùng",
    ):
        assert told in page, told
    assert "suy tim" not in page, "why is written for those who treat"


def test_nothing_is_told_of_it_before_the_gates_nor_in_a_text(after: After) -> None:
    Sent(after)
    phone, place = after.phone()
    for shown in (*after.patient.texts(), phone.get(f"{place}/code").text):
        assert "Bắc Kạn" not in shown
        assert "Bac Kan" not in shown
        assert TITLE not in shown


@pytest.mark.parametrize(
    ("urgency", "told"),
    [
        (Urgency.EMERGENCY, ("Đi cấp cứu ngay bây giờ", "xe cấp cứu 115", "Không đợi trả lời")),
        (Urgency.ROUTINE, ("Không phải đi gấp", "xe cấp cứu 115", "trạm báo ngày giờ đến")),
    ],
)
def test_how_soon_and_what_the_station_does_follow_the_urgency(
    after: After, urgency: Urgency, told: tuple[str, ...]
) -> None:
    page = Sent(after, urgency=urgency, transport=Transport.AMBULANCE).page()
    for each in told:
        assert each in page, each


def test_an_answer_with_a_time_is_told(after: After) -> None:
    sent = Sent(after)
    at = after.follow.do(lambda _, now: now.replace(hour=7, minute=0))
    sent.act("accept", sent.receiver, service.Coming(come_at=at, ask_for="BS. Nhận, khoa Nội"))
    page = sent.page()
    for told in ("14:00, Thứ Hai, 23/11/2026", "BS. Nhận, khoa Nội", "Nơi nhận đã biết"):
        assert told in page, told


def test_no_place_is_named_that_does_not_take_the_patient(after: After) -> None:
    sent = Sent(after)
    sent.act("decline", sent.receiver, reason=DeclineReason.NO_BED, text="")
    page = sent.page()
    assert "BVĐK Bắc Kạn" not in page
    assert "Trạm đang tìm nơi khác" in page


def test_a_referral_called_off_is_said_so(after: After) -> None:
    sent = Sent(after)
    sent.act("withdraw", after.world.nurse)
    page = sent.page()
    assert "BVĐK Bắc Kạn" not in page
    assert "Không phải đi nơi khác khám nữa" in page


def test_who_has_no_phone_reads_it_on_paper(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    after = After(database, clock, tmp_path, phone=None)
    Sent(after)
    [link] = after.follow.rows(PatientLink, purpose="doctors_words")
    token = after.follow.do(lambda s, now: make_sign_in(s, after.world.nurse, now=now))
    nurse, desk = Browser(after.patient.app, token=token), f"/patients/{after.world.patient_id}/links"
    made = nurse.post(f"{desk}/{link.id}/slip", {}, page=desk)
    paper = nurse.get(made.headers["location"]).text
    for told in (TITLE, "ngay trong ngày", "BVĐK Bắc Kạn", "Giấy chuyển cơ sở khám bệnh"):
        assert told in paper, told


def test_a_visit_that_refers_nobody_says_nothing_of_it(after: After) -> None:
    after.sign()
    phone, place = after.inside()
    assert TITLE not in phone.get(place).text
