"""How many statements a request costs: asked of the application in this process, its database watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event
from structlog.testing import capture_logs

from telehealth.kit.settings import Settings
from telehealth.main import create_app
from tests.bench.http_load import Call, UnexpectedAnswerError

ADDRESS = "http://127.0.0.1:8000"


class Rehearsal:
    """The application as a client sees it, and what the latest request sent to the database."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.statements: list[str] = []

    def ask(self, call: Call) -> Response:
        """Send a request; raise UnexpectedAnswerError for another status than the expected one."""
        self.statements.clear()
        answer = self._client.request(call.method, call.path, headers=call.headers, json=call.body)
        if answer.status_code != call.status:
            raise UnexpectedAnswerError(
                f"{call.method} {call.path}: {answer.status_code} {answer.text[:300]}"
            )
        return answer

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Keep a statement; the ends of transactions are none."""
        if not statement.startswith("BEGIN"):
            self.statements.append(statement)


@contextmanager
def rehearsal(folder: Path, *, database_url: str = "") -> Iterator[Rehearsal]:
    """Build the application over a server's folder, while no server runs on it."""
    settings = Settings(data_dir=folder, database_url=database_url, run_jobs=False, base_url=ADDRESS)
    app = create_app(settings)
    database = app.state.database
    client = TestClient(app, base_url=ADDRESS, follow_redirects=False)
    watched = Rehearsal(client)
    for engine in {database.writer, database.reader}:
        event.listen(engine, "before_cursor_execute", watched.note)
    try:
        # The first request of a process fills caches that every later one finds filled.
        with capture_logs():
            watched.ask(Call("GET", "/readyz", {}))
            yield watched
    finally:
        database.dispose()
