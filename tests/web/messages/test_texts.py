"""Texts of messages on their pages: who may edit them, what is refused, what operators get."""

import csv
import html
import io
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.messaging.models import MessageText, TextRegistration
from telehealth.messaging.rules import Variant
from telehealth.messaging.templates import templates
from telehealth.messaging.texts import load_texts
from telehealth.prescriptions.service import import_formulary
from telehealth.staff.rules import Role
from telehealth.visits.codefile import read_codes
from telehealth.visits.service import import_codes
from tests.support import world
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from web.i18n import LANGUAGES, has_text

PATH = "/messages/texts/appointment_at_station/plain"
DISEASES = 'code,name\nA97,"Sốt xuất huyết Dengue, sốt dengue"\nZ00,Kiểm tra lại\n'.encode()
MEDICINES = "code,generic_name,brand_name,form,route,unit\nA1,Amlodipin,Thuốc biệt dược,v,uống,v\n".encode()
GOOD = "{brand}: Hen kham {time} ngay {date} o {facility}.{call} Mo: {link}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted({key for key, _ in templates()}))
def test_every_text_of_the_program_has_a_name_on_the_pages_that_list_it(key: str, language: str) -> None:
    assert has_text(f"texts.kinds.{key}", language)
    assert has_text(f"timeline.templates.{key}", language), "the patient's page names what was sent"


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: FixedClock) -> dict[Role, Browser]:
    """An administrator, a coordinator and a nurse, with eSMS in front."""
    app = build_app(
        database,
        tmp_path,
        clock,
        sms_gateway="esms",
        sms_esms_key="key",
        sms_esms_secret="secret",
    )
    found = {}
    with database.write() as unit:
        for role in (Role.ADMIN, Role.COORDINATOR, Role.STATION_NURSE):
            member = world.make_member(unit.session, role=role, name=f"Hoàng Thị {role.title()}")
            found[role] = Browser(app, world.make_sign_in(unit.session, member, now=unit.now))
    return found


def test_an_administrator_edits_a_text_and_it_is_in_use(
    database: Database, office: dict[Role, Browser]
) -> None:
    admin = office[Role.ADMIN]
    assert "Lich kham" in admin.get(PATH).text
    answer = admin.post(PATH, {"text": GOOD, "call": "Goi {phone}.", "version": "0"})
    assert answer.headers["location"].endswith("?done=edited")
    with database.read() as unit:
        text = load_texts(unit.session).current("appointment_at_station", Variant.PLAIN)
    assert (text.text, text.version, text.optional) == (GOOD, 1, {"call": " Goi {phone}."})
    assert "Hen kham" in office[Role.COORDINATOR].get("/messages/texts").text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{brand}: Hen kham tieu duong {time} {date} {link}", "bệnh, thuốc"),
        ("{brand}: Gap bac si {time} ngay {date} {link}", "bệnh, thuốc"),
        ("{brand}: Gap Hoang Thi Admin {time} ngay {date} {link}", "bệnh, thuốc"),
        ("{brand}: Kham Y hoc co truyen {time} ngay {date} {link}", "bệnh, thuốc"),
        ("{brand}: Kham Nhi {time} ngay {date} {link}", "bệnh, thuốc"),
        ("{brand}: Hẹn khám {time} ngày {date} {link}", "không dấu"),
        ("{brand}: " + "Hen kham " * 9 + "{time} {date} {facility} {link}", "thêm một phần"),
        ("{brand}: Hen kham {time} ngay {date} tai tram", "cần đường dẫn"),
        ("{brand}: Xem {link} truoc {time} {date}", "cuối tin"),
        ("Hen kham {time} ngay {date} {brand} {link}", "bắt đầu"),
        ("{brand}: Hen {doctor} {time:>9999999999} {link}", "không biết"),
    ],
)
def test_what_must_not_be_sent_is_refused_in_words_and_nothing_typed_is_lost(
    database: Database, office: dict[Role, Browser], text: str, words: str
) -> None:
    with database.write() as unit:
        world.make_specialty(unit.session, "ymct", "Y học cổ truyền")
        world.make_specialty(unit.session, "nhi", "Nhi")
    answer = office[Role.ADMIN].post(PATH, {"text": text, "call": "", "version": "0"})
    assert answer.status_code == 422
    assert words in answer.text
    assert html.escape(text) in answer.text
    with database.read() as unit:
        assert unit.session.exec(select(MessageText)).all() == []


def test_a_text_takes_only_the_parts_its_kind_has_values_for(
    database: Database, office: dict[Role, Browser]
) -> None:
    """A time in the text of a code could never be filled in: once, nothing at all was sent any more."""
    page = "/messages/texts/link_code/plain"
    given = {"text": "{brand}: Ma luc {time} la {code}.", "call": "", "version": "0"}
    answer = office[Role.ADMIN].post(page, given)
    assert answer.status_code == 422
    with database.read() as unit:
        assert load_texts(unit.session).current("link_code", Variant.PLAIN).version == 0


def test_two_administrators_do_not_overwrite_each_other(office: dict[Role, Browser]) -> None:
    admin = office[Role.ADMIN]
    admin.post(PATH, {"text": GOOD, "call": "", "version": "0"})
    answer = admin.post(PATH, {"text": GOOD.replace("Mo", "Xem"), "call": "", "version": "0"})
    assert answer.status_code == 412


def test_only_an_administrator_edits(office: dict[Role, Browser]) -> None:
    coordinator = office[Role.COORDINATOR]
    shown = coordinator.get(PATH).text
    assert "<textarea" not in shown
    assert "Chỉ người quản trị hệ thống sửa được" in shown
    assert coordinator.post(PATH, {"text": GOOD, "version": "0"}, page="/messages").status_code == 403
    assert office[Role.STATION_NURSE].get(PATH).status_code == 403


def test_the_approved_text_goes_on_until_the_new_one_is_approved(
    database: Database, office: dict[Role, Browser]
) -> None:
    admin = office[Role.ADMIN]
    approved = {"gateway": "esms", "state": "approved", "vendor_code": "M-1"}
    assert admin.post(f"{PATH}/registration", approved, page=PATH).status_code == 303
    admin.post(PATH, {"text": GOOD, "call": "", "version": "0"})

    def sent_by(gateway: str) -> int:
        with database.read() as unit:
            texts = load_texts(unit.session)
            return texts.for_gateway("appointment_at_station", Variant.PLAIN, gateway).version

    assert (sent_by("esms"), sent_by("file")) == (0, 1)
    admin.post(f"{PATH}/registration", approved, page=PATH)
    assert sent_by("esms") == 1
    with database.read() as unit:
        assert len(unit.session.exec(select(TextRegistration)).all()) == 2


def test_a_registration_with_an_unknown_gateway_is_refused(office: dict[Role, Browser]) -> None:
    admin = office[Role.ADMIN]
    wrong = {"gateway": "gammu", "state": "approved"}
    assert admin.post(f"{PATH}/registration", wrong, page=PATH).status_code == 422


def test_the_file_for_operators_numbers_the_changing_parts(office: dict[Role, Browser]) -> None:
    answer = office[Role.ADMIN].get("/messages/texts.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(templates())
    plain = next(row for row in rows if row[1:3] == ["appointment_at_station", "plain"])
    assert plain[4] == "TYT: Lich kham {P1,5} ngay {P2,5} tai {P3,30}. Goi {P4,11}. Xem: {P5,55}"
    assert plain[7] == "1"


def test_what_was_typed_beside_a_newer_version_is_kept(office: dict[Role, Browser]) -> None:
    admin = office[Role.ADMIN]
    admin.post(PATH, {"text": GOOD, "call": "", "version": "0"})
    answer = admin.post(PATH, {"text": GOOD.replace("Mo", "Zxq"), "call": "", "version": "0"})
    assert answer.status_code == 412
    assert "Zxq: {link}" in html.unescape(answer.text)
    assert "Có người vừa sửa mục này" in answer.text
    assert 'name="version" value="1"' in answer.text, "sent again it takes the place of the newer one"


@pytest.mark.parametrize(
    "word", ["Sot xuat huyet dengue", "AMLODIPIN", "Thuoc Biet Duoc", "BS Pham Thi Tuyet Lan"]
)
def test_what_this_deployment_knows_by_name_stands_in_no_text(
    database: Database, office: dict[Role, Browser], word: str
) -> None:
    """Diseases of its lists, substances and brands of its formularies, the people who work there."""
    with database.write() as unit:
        import_codes(unit.session, "thử", read_codes(DISEASES), DISEASES, source="thử", now=unit.now)
        import_formulary(unit.session, SYSTEM, None, "Thử", MEDICINES, now=unit.now)
        world.make_member(unit.session, name="Phạm Thị Tuyết Lan")
    admin = office[Role.ADMIN]
    answer = admin.post(PATH, {"text": GOOD.replace("kham", f"{word} kham"), "call": "", "version": "0"})
    assert answer.status_code == 422
    assert word in html.unescape(answer.text), "what was typed is kept"
    good = admin.post(PATH, {"text": GOOD.replace("kham", "kiem tra lai"), "call": "", "version": "0"})
    assert good.headers["location"].endswith("?done=edited")
