"""The baselines: the same stack with nothing of ours. Frozen, so that figures stay comparable.

Run as `python -m tests.bench.bare <app> <port> <folder> [<database>]`.
"""

import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from jinja2 import Environment
from psycopg_pool import ConnectionPool
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


class Row(BaseModel):
    """What the bare endpoint stores."""

    doctor: str
    start: str


def insert_app(folder: Path, _database: str) -> FastAPI:
    """One endpoint that does one durable INSERT (WAL, synchronous=FULL) over one connection."""
    app = FastAPI()
    connection = sqlite3.connect(folder / "bare.sqlite3", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS booking (id INTEGER PRIMARY KEY, doctor TEXT, start TEXT)")
    turn = threading.Lock()

    @app.post("/bookings", status_code=201)
    def book(row: Row) -> dict[str, int]:
        with turn:
            cursor = connection.execute(
                "INSERT INTO booking (doctor, start) VALUES (?, ?)", (row.doctor, row.start)
            )
            return {"id": cursor.lastrowid or 0}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def insert_postgresql_app(_folder: Path, database: str) -> FastAPI:
    """The same over a pool of PostgreSQL connections."""
    app = FastAPI()
    pool = ConnectionPool(database, min_size=8, max_size=8, kwargs={"autocommit": True}, open=True)
    with pool.connection() as connection:
        connection.execute("CREATE TABLE booking (id bigserial PRIMARY KEY, doctor text, start text)")

    @app.post("/bookings", status_code=201)
    def book(row: Row) -> dict[str, int]:
        with pool.connection() as connection:
            insert = "INSERT INTO booking (doctor, start) VALUES (%s, %s) RETURNING id"
            found = connection.execute(insert, (row.doctor, row.start)).fetchone()
        return {"id": found[0] if found else 0}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def hello_app(_folder: Path, _database: str) -> FastAPI:
    """One endpoint that answers JSON and does nothing."""
    app = FastAPI()

    @app.get("/hello")
    def hello() -> dict[str, str]:
        return {"hello": "xã"}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


SLOTS = """CREATE TABLE slot (at bigint, doctor bigint, free boolean);
INSERT INTO slot WITH RECURSIVE day(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM day WHERE n < 30),
    start(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM start WHERE n < 23),
    who(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM who WHERE n < {doctors} - 1)
SELECT day.n * 86400 + start.n * 1200, who.n, day.n >= 10 FROM day, start, who;
CREATE INDEX slot_free ON slot (at, doctor) WHERE free;
ANALYZE slot;"""
EARLIEST = "SELECT at, doctor FROM slot WHERE free AND at >= 0 ORDER BY at, doctor LIMIT 10"


def slots_app(folder: Path, doctors: str) -> FastAPI:
    """The ten earliest of stored slots through a partial index; the first ten days are full."""
    app = FastAPI()
    connection = sqlite3.connect(folder / "bare.sqlite3", check_same_thread=False)
    connection.executescript(SLOTS.format(doctors=int(doctors)))
    turn = threading.Lock()

    @app.get("/slots")
    def find() -> list[dict[str, int]]:
        with turn:
            return [{"at": at, "doctor": doctor} for at, doctor in connection.execute(EARLIEST)]

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def lookup_app(folder: Path, rows: str) -> FastAPI:
    """One row of many by its key, another one each time."""
    app = FastAPI()
    connection = sqlite3.connect(folder / "bare.sqlite3", check_same_thread=False)
    connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, number TEXT, name TEXT)")
    numbers = ((f"{n:012}", f"Lò Thị Thứ {n}") for n in range(int(rows)))
    connection.executemany("INSERT INTO person (number, name) VALUES (?, ?)", numbers)
    connection.execute("CREATE UNIQUE INDEX person_number ON person (number)")
    connection.commit()
    turn, asked = threading.Lock(), iter(range(0, 10**12, 7919))

    @app.get("/lookup")
    def lookup() -> dict[str, str]:
        with turn:
            number = f"{next(asked) % int(rows):012}"
            found = connection.execute("SELECT name FROM person WHERE number = ?", (number,)).fetchone()
        return {"name": found[0]}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Lịch</title></head>
<body><h1>Hôm nay</h1>
<ol>{% for row in rows %}<li><time>{{ row.at }}</time> <h3>{{ row.name }}</h3><p>{{ row.why }}</p></li>
{% endfor %}</ol></body></html>"""


def page_app(_folder: Path, _database: str) -> FastAPI:
    """One Jinja page with twenty rows, no database."""
    app = FastAPI()
    template = Environment(autoescape=True).from_string(PAGE)
    rows = [
        {"at": f"{8 + n // 2:02}:{n % 2 * 30:02}", "name": f"Người thứ {n}", "why": "Tái khám"}
        for n in range(20)
    ]

    @app.get("/today", response_class=HTMLResponse)
    def today() -> str:
        return template.render(rows=rows)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def relay_app(_folder: Path, _database: str) -> Starlette:
    """Rooms of two: each JSON message goes to the other, decoded and encoded once."""
    rooms: dict[str, list[WebSocket]] = {}

    async def relay(socket: WebSocket) -> None:
        room = rooms.setdefault(socket.path_params["room"], [])
        await socket.accept()
        room.append(socket)
        try:
            while True:
                message: Any = await socket.receive_json()
                for other in room:
                    if other is not socket:
                        await other.send_json(message)
        except WebSocketDisconnect:
            room.remove(socket)

    async def healthz(_request: Request) -> HTMLResponse:
        return HTMLResponse("ok")

    return Starlette(routes=[WebSocketRoute("/relay/{room}", relay), Route("/healthz", healthz)])


APPS = {
    "insert": insert_app,
    "insert-postgresql": insert_postgresql_app,
    "hello": hello_app,
    "slots": slots_app,
    "lookup": lookup_app,
    "page": page_app,
    "relay": relay_app,
}

if __name__ == "__main__":
    uvicorn.run(
        APPS[sys.argv[1]](Path(sys.argv[3]), "".join(sys.argv[4:])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="error",
        access_log=False,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
