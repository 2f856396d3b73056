"""The PC a station shares: who signs in on it, what it keeps, what its line lets through."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route
from sqlmodel import col, select

from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import SignIn
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from tests.support.chromium import wait_until_mounted
from tests.support.practice import Practice
from tests.support.processes import wait_until
from tests.support.world import make_sign_in

WORDS = "Ho ra máu từ đêm qua"
KEPT = """() => new Promise((resolve) => {
  const request = indexedDB.open("drafts", 1);
  request.onupgradeneeded = () => request.transaction.abort();
  request.onerror = () => resolve([]);
  request.onsuccess = () => {
    const all = request.result.transaction("sealed").objectStore("sealed").getAll();
    all.onsuccess = () => { request.result.close(); resolve(all.result.map((each) => ({
      ...each, nonce: Array.from(each.nonce), sealed: Array.from(new Uint8Array(each.sealed)) }))); };
  };
})"""
"""Everything the browser's store holds, byte by byte."""


def sign_in(device: BrowserContext, practice: Practice, actor: MembershipActor, address: str) -> None:
    """Let somebody sign in, in place of whoever is."""
    with practice.database.write() as unit:
        token = make_sign_in(unit.session, actor, now=unit.now)
    device.add_cookies([{"name": "signin", "value": token, "url": address}])


def open_page(device: BrowserContext, path: str) -> Page:
    page = device.new_page()
    page.goto(path)
    wait_until_mounted(page)
    return page


def kept(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(KEPT)
    return found


def wait_until_kept(page: Page, count: int = 1) -> None:
    wait_until(lambda: len(kept(page)) == count, what=f"{count} drafts on the machine")


def end_sign_ins(practice: Practice) -> None:
    with practice.database.write() as unit:
        for each in unit.session.exec(select(SignIn).where(col(SignIn.ended_at).is_(None))):
            each.ended_at, each.end_reason = unit.now, "expired"
            unit.session.add(each)


def stored(practice: Practice, name: Section) -> str:
    with practice.database.read() as unit:
        visit = unit.session.get_one(Visit, practice.world.visit.id)
        row = queries.sections_of(unit.session, visit).get(name)
        return row.text if row else ""


@contextmanager
def cut_off(page: Page) -> Iterator[None]:
    """Let nothing of what the page sends arrive, as on a line that is down; reading works."""
    page.context.route(
        re.compile("."), lambda route: route.abort() if is_saving(route) else route.continue_()
    )
    yield
    page.context.unroute_all(behavior="wait")


def is_saving(route: Route) -> bool:
    request = route.request
    return request.method == "POST" and not request.url.endswith("/drafts/keys")


def write(practice: Practice, name: Section, text: str, *, version: int) -> None:
    with practice.database.write() as unit:
        by, visit_id = practice.world.practitioner, practice.world.visit.id
        service.write_section(unit.session, by, visit_id, name, text, version=version, now=unit.now)


def count_visits(practice: Practice) -> int:
    with practice.database.read() as unit:
        return len(unit.session.exec(select(Visit.id)).all())


def browsers_of(profile: Path) -> list[int]:
    """Return the processes of the browser that was started on this profile."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            is_gone = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if str(profile).encode() in command and not is_gone:
            found.append(int(entry.name))
    return found
