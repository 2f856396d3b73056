"""Opening links: whether the time of an answer tells one token in vain from another, or a known number."""

import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from sqlmodel import col, select

from telehealth.links.models import PatientLink
from telehealth.links.service import ask_for_link, issue_link, revoke_links, token_for_delivery
from tests.bench.measure import Effort, Line, show
from tests.bench.programs import product
from tests.bench.worlds import opened, scratch
from tests.support.calls import book_call

TRIES_A_ROUND = 200
AIM = "medians < 5 ms apart"
NOTE = "A good one is opened and written down, and its answer says so; those in vain must be alike. In turn."


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        tokens = _make_tokens(folder)
        with product(folder) as server:
            taken = _ask(server.port, tokens, rounds=effort.rounds)
        asking = _ask_in_process(folder, rounds=effort.rounds)
    base = taken["invented"]
    lines = [
        *(
            Line(f"a link that is {kind}", _ms(value), _ms(base), aim="" if kind == "good" else AIM)
            for kind, value in taken.items()
        ),
        *(
            Line(f"a lost link, number {kind}", _ms(value), _ms(asking["unknown"]), aim=AIM)
            for kind, value in asking.items()
        ),
    ]
    show("(l) Opening links: median time by what was asked", lines, NOTE)


def _make_tokens(folder: Path) -> dict[str, str]:
    """Return a token of each kind."""
    with opened(folder) as database, database.write() as unit:
        session, now = unit.session, unit.now
        call = book_call(session, now=now)
        good = session.exec(select(PatientLink).order_by(col(PatientLink.id).desc())).first()
        assert good is not None
        dead = issue_link(
            session,
            purpose="join",
            patient_id=call.patient.id,
            subject_id=call.patient.id,
            expires_at=good.expires_at,
            now=now,
        )
        tokens = {
            "good": token_for_delivery(session, good.id, 1, now=now),
            "revoked": token_for_delivery(session, dead.id, 1, now=now),
            "invented": "0" * 22,
            "misshapen": "x",
        }
        revoke_links(session, subject_id=dead.subject_id, now=now)
        return tokens


def _ask(port: int, tokens: dict[str, str], *, rounds: int) -> dict[str, float]:
    """Tap each in turn; return the median milliseconds of each."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    taken: dict[str, list[float]] = {kind: [] for kind in tokens}
    for _ in range(rounds * TRIES_A_ROUND):
        for kind, token in tokens.items():
            began = time.perf_counter()
            connection.request("POST", f"/k/{token}", body=urlencode({}), headers=headers)
            connection.getresponse().read()
            taken[kind].append(time.perf_counter() - began)
    connection.close()
    return {kind: median(values) * 1000 for kind, values in taken.items()}


def _ask_in_process(folder: Path, *, rounds: int) -> dict[str, float]:
    """Ask for the links of a number that is known and of one that is not; each rolled back."""
    numbers = {"known": "+84868123456", "unknown": "+84911222333"}
    taken: dict[str, list[float]] = {kind: [] for kind in numbers}
    with opened(folder) as database, database.write() as unit:
        for _ in range(rounds * TRIES_A_ROUND):
            for kind, number in numbers.items():
                mark = unit.session.begin_nested()
                began = time.perf_counter()
                ask_for_link(unit.session, number, now=unit.now)
                taken[kind].append(time.perf_counter() - began)
                mark.rollback()
    return {kind: median(values) * 1000 for kind, values in taken.items()}


def _ms(value: float) -> str:
    return f"{value:.2f} ms"
