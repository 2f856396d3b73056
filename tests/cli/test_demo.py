"""`telehealth demo`: what a newcomer meets, and one clear sentence where it cannot start."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlmodel import col, func, select

from telehealth.kit.clock import SystemClock
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.patients.models import Patient
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.rules import SlotSearch
from telehealth.staff.models import Membership, Staff
from telehealth.staff.queries import find_membership_actor, list_specialties
from tests.support.demos import copy_demo
from tests.support.ports import free_port
from tests.support.servers import ROOT, run_server


def run_demo(folder: Path, port: int | str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends by itself."""
    env = {**os.environ, "DATA_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "-m", "telehealth.cli", "demo", *words]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=110)


def count(folder: Path, table: type) -> int:
    database = open_database(Settings(data_dir=folder), SystemClock())
    try:
        with database.read() as unit:
            return unit.session.exec(select(func.count()).select_from(table)).one()
    finally:
        database.dispose()


def test_it_serves_says_where_to_go_and_keeps_its_data(tmp_path: Path) -> None:
    with run_server(tmp_path) as server:
        assert httpx2.get(f"{server.base_url}/sign-in", timeout=60).status_code == 200
        assert httpx2.get(f"{server.base_url}/readyz", timeout=60).json()["database"] == "ok"
        for words in (server.base_url, "hanh", "/demo/phone"):
            assert words in server.output
    people = count(tmp_path, Staff)
    assert people > 20
    with run_server(tmp_path) as server:
        assert "make demo-reset" in server.output
    assert count(tmp_path, Staff) == people


def test_a_reset_begins_anew_and_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("không phải của chương trình")
    with run_server(tmp_path):
        pass
    keys = (tmp_path / "keys.json").read_text()
    with run_server(tmp_path, command=("demo", "--reset")):
        pass
    assert (tmp_path / "keys.json").read_text() != keys
    assert (tmp_path / "letter.txt").exists()
    assert count(tmp_path, Patient) == 10


def test_a_taken_port_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_demo(tmp_path, port)
    assert ended.returncode == 1
    assert f"make demo PORT={port + 1}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("ở đây đã có một tệp")
    ended = run_demo(blocked / "var", free_port())
    assert ended.returncode == 1
    assert "DATA_DIR" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["acht", "0", "80000"])
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, port: str) -> None:
    ended = run_demo(tmp_path, port)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Giá trị của PORT")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_slots_are_found_today_and_tomorrow_for_every_specialty(tmp_path: Path) -> None:
    copy_demo(tmp_path)
    database = open_database(Settings(data_dir=tmp_path), SystemClock())
    with database.read() as unit:
        session, now = unit.session, unit.now
        today = database.policy.local_date(now)
        membership_id = session.exec(
            select(Membership.id)
            .join(Staff, col(Membership.staff_id) == Staff.id)
            .where(Staff.username == "hanh")
        ).one()
        actor = find_membership_actor(session, membership_id, today=today)
        assert actor is not None
        for specialty in list_specialties(session):
            search = SlotSearch(from_on=today, to_on=today + timedelta(days=1), specialty=specialty.code)
            assert find_slots(session, actor, search, now=now), specialty.code
    database.dispose()
