"""Examining by system: normal at once, words where not, signed under the template it was written in."""

import json
from datetime import date

import pytest

from telehealth.examination import queries, service
from telehealth.examination.models import ExaminationItem
from telehealth.examination.rules import Content, Question, System, read_content
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.staff.rules import Role
from telehealth.visits import service as visits
from telehealth.visits.rules import Section
from tests.support.visits import WRITTEN, VisitWorld
from tests.support.world import make_member

TODAY = date(2026, 11, 23)
NEW = Content(("pulse",), (System("heart", "Tim mạch", "Nhịp đều."),), (Question("since", "Từ bao giờ"),))


def put(
    unit: Unit, world: VisitWorld, item: str, state: str = "normal", text: str = "", *, version: int = 0
) -> ExaminationItem:
    return service.put_item(
        unit.session,
        world.doctor,
        world.visit.id,
        item,
        state,
        text,
        version=version,
        today=TODAY,
        now=unit.now,
    )


def test_the_templates_of_the_release_are_there_once(unit: Unit, world: VisitWorld) -> None:
    codes = [each.code for each in queries.list_templates(unit.session)]
    assert codes == ["general", "child", "pregnancy", "chronic", "skin", "mental"]
    assert service.load_templates(unit.session, now=unit.now) == 6
    assert all(each.version == 1 for each in queries.list_templates(unit.session))


def test_normal_stands_for_the_words_of_the_template(unit: Unit, world: VisitWorld) -> None:
    row = put(unit, world, "heart")
    assert (row.label, row.state, row.text, row.version) == ("Tim", "normal", "Tim đều, không tiếng thổi.", 1)


def test_the_rest_is_normal_in_one_act_and_what_is_written_stays(unit: Unit, world: VisitWorld) -> None:
    put(unit, world, "lungs", "abnormal", "Ran ẩm đáy phổi phải")
    put(unit, world, "skin", "not_examined")
    count = service.mark_rest_normal(unit.session, world.doctor, world.visit.id, today=TODAY, now=unit.now)
    written = queries.items_of(unit.session, world.visit)
    assert count == 6
    assert written["lungs"].text == "Ran ẩm đáy phổi phải"
    assert written["skin"].state == "not_examined"
    assert {row.state for item, row in written.items() if item not in ("lungs", "skin")} == {"normal"}
    again = service.mark_rest_normal(unit.session, world.doctor, world.visit.id, today=TODAY, now=unit.now)
    assert again == 0


def test_an_entry_can_be_taken_back_and_its_version_still_grows(unit: Unit, world: VisitWorld) -> None:
    put(unit, world, "heart")
    row = put(unit, world, "heart", "", version=1)
    assert (row.state, row.text, row.version) == ("", "", 2)
    assert service.ExaminationPart().compose(unit.session, world.visit, today=TODAY) is None


def test_two_writers_of_one_system_meet_and_of_two_do_not(unit: Unit, world: VisitWorld) -> None:
    put(unit, world, "heart")
    put(unit, world, "lungs", "abnormal", "Ran")
    with pytest.raises(StaleError):
        put(unit, world, "heart", "abnormal", "Thổi tâm thu", version=0)
    assert put(unit, world, "heart", version=0).version == 1, "the same again is no conflict"


@pytest.mark.parametrize(
    ("item", "state", "text", "refusal"),
    [
        ("spleen", "normal", "", "examination-item-unknown"),
        ("heart", "answered", "", "examination-state"),
        ("heart", "fine", "", "examination-state"),
        ("heart", "abnormal", "a" * 2_001, "text-too-long"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    unit: Unit, world: VisitWorld, item: str, state: str, text: str, refusal: str
) -> None:
    with pytest.raises(InvalidError, match=refusal):
        put(unit, world, item, state, text)


def test_a_nurse_does_not_examine_and_a_signed_visit_is_closed(unit: Unit, world: VisitWorld) -> None:
    with pytest.raises(ForbiddenError):
        service.mark_rest_normal(unit.session, world.nurse, world.visit.id, today=TODAY, now=unit.now)
    world.write(unit.session, now=unit.now)
    world.sign(unit.session, now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        put(unit, world, "heart")


def test_a_visit_keeps_the_version_it_was_begun_in(unit: Unit, world: VisitWorld) -> None:
    put(unit, world, "heart")
    admin = make_member(unit.session, world.station(unit.session), role=Role.ADMIN)
    newer = service.save_template(
        unit.session, admin, "general", name="Khám chung", content=NEW, version=1, now=unit.now
    )
    assert newer.version == 2
    kept = service.template_of(unit.session, world.visit, today=TODAY)
    assert (kept.code, kept.version) == ("general", 1)
    assert len(read_content(kept.content).systems) == 8
    assert read_content(queries.get_template(unit.session, "general", 1).content) != NEW


def test_a_version_is_made_for_a_change_only_and_by_who_read_the_newest(
    unit: Unit, world: VisitWorld
) -> None:
    admin = make_member(unit.session, world.station(unit.session), role=Role.ADMIN)

    def save(content: Content, version: int) -> int:
        row = service.save_template(
            unit.session, admin, "skin", name="Da liễu", content=content, version=version, now=unit.now
        )
        return row.version

    assert save(NEW, 1) == 2
    assert save(NEW, 1) == 2
    with pytest.raises(StaleError):
        save(read_content(queries.get_template(unit.session, "skin", 1).content), 1)
    with pytest.raises(NotFoundError, match="template-not-found"):
        queries.list_versions(unit.session, "eyes")
    with pytest.raises(ForbiddenError):
        service.save_template(
            unit.session, world.doctor, "skin", name="Da", content=NEW, version=2, now=unit.now
        )


def test_another_template_may_be_chosen_and_nothing_written_is_lost(unit: Unit, world: VisitWorld) -> None:
    put(unit, world, "limbs", "abnormal", "Gối phải sưng")
    service.choose_template(unit.session, world.doctor, world.visit.id, "skin", now=unit.now)
    row = put(unit, world, "limbs", "abnormal", "Gối phải sưng nóng", version=1)
    assert row.version == 2
    part = service.ExaminationPart().compose(unit.session, world.visit, today=TODAY)
    assert part == {
        "template": {"code": "skin", "version": 1, "name": "Da liễu"},
        "systems": [
            {
                "code": "limbs",
                "label": "Cơ xương khớp",
                "state": "abnormal",
                "text": "Gối phải sưng nóng",
            }
        ],
        "questions": [],
    }


def test_the_record_carries_the_template_and_the_labels_it_used(unit: Unit, world: VisitWorld) -> None:
    sections = {name: text for name, text in WRITTEN.items() if name is not Section.FINDINGS}
    world.write(unit.session, now=unit.now, sections=sections)
    assert visits.missing_parts(unit.session, world.visit, now=unit.now) == ("findings",)
    put(unit, world, "heart")
    put(unit, world, "since", text="Ba ngày")
    assert visits.missing_parts(unit.session, world.visit, now=unit.now) == (), (
        "nobody writes the findings twice"
    )
    part = json.loads(world.sign(unit.session, now=unit.now).canonical)["parts"]["examination"]
    assert part == {
        "template": {"code": "general", "version": 1, "name": "Khám chung"},
        "systems": [
            {"code": "heart", "label": "Tim", "state": "normal", "text": "Tim đều, không tiếng thổi."}
        ],
        "questions": [{"code": "since", "label": "Bệnh từ bao giờ, diễn biến", "text": "Ba ngày"}],
    }


def test_abnormal_without_words_holds_the_signature_back(unit: Unit, world: VisitWorld) -> None:
    world.write(unit.session, now=unit.now)
    put(unit, world, "heart", "abnormal")
    assert visits.missing_parts(unit.session, world.visit, now=unit.now) == ("examination_words",)


def test_every_change_moves_the_version_a_signer_read(unit: Unit, world: VisitWorld) -> None:
    part = service.ExaminationPart()
    seen = [part.version(unit.session, world.visit)]
    put(unit, world, "heart")
    seen.append(part.version(unit.session, world.visit))
    put(unit, world, "heart", "abnormal", "Thổi", version=1)
    seen.append(part.version(unit.session, world.visit))
    service.choose_template(unit.session, world.doctor, world.visit.id, "child", now=unit.now)
    seen.append(part.version(unit.session, world.visit))
    assert seen == [0, 1, 2, 3]
