"""A station's tasks: seen, called, done, moved."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response

from telehealth import wiring
from telehealth.audit.models import AuditEntry
from telehealth.followup import service
from telehealth.followup.models import Task
from telehealth.followup.rules import ReplyKind, Subject, TaskKind, Wish
from telehealth.followup.service.tasks import open_task
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.links.service import confirm_year
from telehealth.messaging.ports import Fault, GatewayError
from telehealth.patients.service import allow_messages
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in, make_token
from tests.telehealth.followup.world import Follow, make_follow


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def follow(database: Database, clock: FixedClock) -> Follow:
    """A station with a patient who asked for another time."""
    follow = make_follow(database, clock)
    follow.sign(follow.next_week())
    follow.send()
    patient = follow.phone(follow.plan().id)
    follow.do(
        lambda s, now: service.reply_to_plan(s, patient, ReplyKind.OTHER_TIME, wish=Wish.NEXT_WEEK, now=now)
    )
    return follow


@pytest.fixture
def nurse(follow: Follow, clock: FixedClock, tmp_path: Path) -> Browser:
    """The station's nurse, signed in."""
    app = build_app(follow.database, tmp_path, clock)
    token = follow.do(lambda s, now: make_sign_in(s, follow.booking.nurse, now=now))
    return Browser(app, token=token)


def test_a_wish_is_seen_and_done_in_two_taps(nurse: Browser, follow: Follow) -> None:
    page = nurse.get("/tasks").text
    assert "Xin giờ khác" in page
    assert "Tuần sau" in page
    assert "tel:+84868123456" in page
    [task] = follow.rows(Task)
    done = nurse.post(f"/tasks/{task.id}/complete", {"outcome": "reached", "version": "1"}, page="/tasks")
    assert done.headers["location"] == "/tasks?done=completed"
    assert "Không còn việc nào" in nurse.get("/tasks?done=completed").text
    again = nurse.post(f"/tasks/{task.id}/complete", {"outcome": "reached", "version": "1"}, page="/tasks")
    assert again.status_code == 412


def test_seeing_is_audited_once_and_refreshing_is_not(nurse: Browser, follow: Follow) -> None:
    nurse.get("/tasks")
    nurse.get("/tasks", x_live_refresh="1", hx_target="tasks")
    assert len(follow.rows(AuditEntry, action="task.read")) == 1


def test_another_time_is_set_and_told(nurse: Browser, follow: Follow) -> None:
    [task] = follow.rows(Task)
    path = f"/tasks/{task.id}/move"
    assert 'value="30/11/2026"' in nurse.get(path).text

    def send(due_on: str, from_time: str, until_time: str) -> Response:
        typed = {"due_on": due_on, "from_time": from_time, "until_time": until_time, "version": "1"}
        return nurse.post(path, typed)

    past = send("01/01/2026", "08:00", "09:00")
    assert past.status_code == 422
    assert "từ hôm nay" in past.text
    assert 'value="01/01/2026"' in past.text
    assert "Nhập giờ dạng 07:30" in send("07/12/2026", "8h", "09:00").text
    moved = send("07/12/2026", "13:00", "15:30")
    assert moved.headers["location"] == "/tasks?done=moved"
    assert (follow.plan().due_on - follow.next_week()) == timedelta(days=7)
    assert follow.tasks() == []
    follow.send()
    assert follow.messages()[-1] == ("next_visit", "sent")


def test_a_new_link_from_a_task(nurse: Browser, follow: Follow) -> None:
    follow.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    follow.book()
    follow.send()
    task = next(each for each in follow.rows(Task) if each.kind == "phone_patient")
    assert "không có số này" in nurse.get("/tasks").text
    sent = nurse.post(f"/tasks/{task.id}/new-link", page="/tasks")
    assert sent.headers["location"] == "/tasks?done=link"
    follow.send()
    assert follow.messages()[-1] == ("appointment_at_station", "sent")


def test_a_new_link_that_no_text_can_carry_leaves_the_task(nurse: Browser, follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    phone = follow.phone(booked.id)
    for year in range(2000, 2005):
        follow.do(lambda s, now, y=year: confirm_year(s, phone, y, now=now))
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    task = next(each for each in follow.rows(Task) if each.kind == "send_new_link")
    shown = nurse.get(nurse.post(f"/tasks/{task.id}/new-link", page="/tasks").headers["location"]).text
    assert "không có số nhận tin" in shown
    assert [each.state for each in follow.rows(Task, kind="send_new_link")] == ["open"]
    assert [each for each in follow.tasks() if each[0] == "phone_patient"] == [], "one call is enough"


def test_a_next_visit_moved_for_whom_no_text_reaches_says_to_phone(nurse: Browser, follow: Follow) -> None:
    [task] = follow.rows(Task)
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    typed = {"due_on": "07/12/2026", "from_time": "08:00", "until_time": "09:00", "version": "1"}
    moved = nurse.post(f"/tasks/{task.id}/move", typed)
    shown = nurse.get(moved.headers["location"]).text
    assert "hãy gọi điện báo" in shown
    assert "tin nhắn đang được gửi" not in shown


def test_another_station_sees_and_does_nothing(
    nurse: Browser, follow: Follow, clock: FixedClock, tmp_path: Path
) -> None:
    stranger = follow.do(lambda s, _now: make_member(s))
    token = follow.do(lambda s, now: make_sign_in(s, stranger, now=now))
    other = Browser(build_app(follow.database, tmp_path, clock), token=token)
    page = other.get("/tasks")
    assert page.status_code == 200
    assert "Xin giờ khác" not in page.text
    [task] = follow.rows(Task)
    assert other.get(f"/tasks/{task.id}/move").status_code == 404


def test_the_same_through_the_api(follow: Follow, clock: FixedClock, tmp_path: Path) -> None:
    token = follow.do(lambda s, now: make_token(s, follow.booking.nurse, now=now))
    api = api_client(build_app(follow.database, tmp_path, clock), token)
    [task] = api.get("/api/v1/tasks").json()["tasks"]
    assert (task["kind"], task["detail"]) == ("other_time", "next_week")
    [plan] = api.get("/api/v1/plans").json()["plans"]
    assert (plan["state"], plan["reply"], plan["wish"]) == ("change_asked", "other_time", "next_week")
    terms = {"due_on": "2026-12-07", "from_minute": 480, "until_minute": 600, "version": 1}
    refused = api.post(f"/api/v1/plans/{plan['id']}/move", json={**terms, "surprise": 1})
    assert refused.status_code == 422
    assert api.post(f"/api/v1/plans/{plan['id']}/move", json=terms).json()["version"] == 2
    done = api.post(f"/api/v1/tasks/{task['id']}/complete", json={"outcome": "reached", "version": 2})
    assert done.status_code == 409
    [new, old] = api.get("/api/v1/links", params={"subject_id": plan["id"]}).json()
    assert (new["state"], old["state"], len(old["openings"])) == ("open", "revoked", 1)
    again = api.post(f"/api/v1/links/{new['id']}/reissue")
    assert again.status_code == 201
    assert api.post(f"/api/v1/links/{again.json()['link_id']}/unlock").json()["state"] == "open"
    assert api.post(f"/api/v1/links/{again.json()['link_id']}/revoke").json()["state"] == "revoked"


def test_what_is_wanted_now_looks_it_and_a_due_time_says_what_is_due(nurse: Browser, follow: Follow) -> None:
    given = (
        (TaskKind.SEE_ORDER, "now"),
        (TaskKind.DO_ORDER, "week"),
        (TaskKind.ANSWER_REFERRAL, "emergency"),
        (TaskKind.ANSWER_REFERRAL, "routine"),
    )
    for kind, detail in given:
        follow.do(
            lambda s, now, kind=kind, detail=detail: open_task(
                s,
                facility_id=follow.booking.nurse.here,
                patient_id=follow.patient_id,
                kind=kind,
                subject_kind=Subject.ORDER,
                subject_id=new_id(),
                due_at=now + timedelta(hours=1),
                now=now,
                detail=detail,
            )
        )
    page = nurse.get("/tasks").text
    tags = re.findall(r'<span class="tag tag--(urgent|soon)">(?:<svg.*?</svg>)?([^<]+)', page)
    assert tags == [("urgent", "Cấp cứu"), ("soon", "Làm ngay")]
    for told in ("Hạn trả lời 09:00", "Hạn xem 09:00", "Hạn làm 09:00"):
        assert told in page, told
    today = nurse.get("/today").text
    assert today.index("Cấp cứu") < today.index("Làm ngay")


def test_the_pressing_case_is_on_the_first_page_and_the_rest_behind_it(
    nurse: Browser, follow: Follow
) -> None:
    def add(kind: TaskKind, days: int) -> str:
        task = follow.do(
            lambda s, now: open_task(
                s,
                facility_id=follow.booking.nurse.here,
                patient_id=follow.patient_id,
                kind=kind,
                subject_kind=Subject.APPOINTMENT,
                subject_id=new_id(),
                due_at=now - timedelta(days=days),
                now=now,
            )
        )
        return str(task.id)

    for _ in range(100):
        add(TaskKind.MOVED_BY_PATIENT, 3)
    urgent = add(TaskKind.URGENT_UNANSWERED, 0)
    page, seen = nurse.get("/tasks").text, []
    assert f'id="task-{urgent}"' in page
    assert "102 việc" in page
    while True:
        seen += re.findall(r'<h2 class="h3" id="task-([0-9a-f-]{36})"', page)
        onward = re.search(r'href="(/tasks\?cursor=[^"]+)"[^>]*>(?:(?!</a>).)*Xem tiếp', page)
        if onward is None:
            break
        page = nurse.get(onward[1]).text
    assert len(seen) == len(set(seen)) == 102
    today = nurse.get("/today").text
    assert re.search(r">\s*102\s*<", today)
    assert today.index("Gọi khẩn không bác sĩ nào trả lời") < today.index("Xin giờ khác")
