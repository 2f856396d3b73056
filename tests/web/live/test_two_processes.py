"""Two servers on one PostgreSQL: what is pressed at one rings on a page of the other."""

from pathlib import Path

import httpx2

from telehealth import migrations
from telehealth.kit.clock import SystemClock
from telehealth.kit.ids import new_id
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from tests.support import world
from tests.support.postgres import Cluster
from tests.support.servers import run_server
from tests.support.urgent import make_urgent_world


def test_a_press_at_one_server_is_told_by_the_stream_of_the_other(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=Cluster.shared().create(f"t{new_id().hex}"))
    database = open_database(settings, SystemClock())
    migrations.upgrade(database.writer)
    with database.write() as unit:
        scene = make_urgent_world(unit.session, now=unit.now)
        token = world.make_token(unit.session, scene.nurse, now=unit.now)
        doctor = scene.doctors[0][0]
        cookies = {"signin": world.make_sign_in(unit.session, doctor, now=unit.now)}
    database.dispose()

    env = {"TELEHEALTH_DATABASE_URL": settings.url}
    with (
        run_server(tmp_path, command=("serve",), env=env) as one,
        run_server(tmp_path, command=("serve",), env=env) as other,
        httpx2.stream("GET", f"{other.base_url}/live", cookies=cookies, timeout=60) as stream,
    ):
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event")) == "event: ready"
        pressed = httpx2.post(
            f"{one.base_url}/api/v1/urgent-requests",
            json={"visit_id": str(scene.visits[0])},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())},
            timeout=60,
        )
        assert pressed.status_code == 201
        told = next(line for line in lines if line.startswith("data") and "urgent" in line)
        assert pressed.json()["id"] in told
        mine = httpx2.get(f"{other.base_url}/ring", cookies=cookies, timeout=30)
        assert "cần bác sĩ ngay" in mine.text
        assert "Bàn Thị" not in mine.text
