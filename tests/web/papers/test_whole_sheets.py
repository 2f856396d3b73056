"""Everything that is signed stands on paper, as PDF and as a browser prints it; long texts go on overleaf."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.visits.queries import records_of, sections_of
from telehealth.visits.rules import Section
from telehealth.visits.service import amend, write_section
from tests.support.clock import FixedClock
from tests.support.pdfs import pages_of, patient_press, squeezed, text_of
from tests.support.practice import Practice, open_practice
from tests.support.whole import confer, fill

pytestmark = pytest.mark.databases("sqlite")  # what is signed is tested on both; here it is printed


@pytest.fixture
def bus() -> Bus:
    """Every part is a part of the record, as in the program."""
    return wiring.build_bus()


Papers = dict[str, str]
SAID_IN_WORDS = {
    *("kind", "consult_kind", "modality", "modalities", "certainty", "source", "qualification", "role"),
    *("class", "no_id_reason", "warnings", "state", "when", "urgency", "transport", "sex", "unit"),
    *("dated_by", "dated_on", "due_on", "gestation", "since", "on", "birth_date", "birth_precision"),
    *("occurred_at", "ended_at", "signed_at", "sent_at", "answer_by", "written_at", "held_at", "moments"),
}
"""Codes, days and hours, which paper says in the reader's language."""
FOR_MACHINES = {
    *(
        "id",
        "visit_id",
        "order_id",
        "membership_id",
        "sha256",
        "amends",
        "handle",
        "loinc",
        "code_list",
        "medicine",
    ),
    *("schema_version", "computed_from", "computed_total", "attachments"),
}
"""What no reader misses: identities, hashes (their beginning is printed), how a number came about."""
ELSEWHERE = {"level", "tier", "opened_by", "doctor", "template"}
"""Shown on the record's page: ranks of facilities, who took part beside who signed, a template's code."""


def signed_with_all(database: Database, practice: Practice) -> list[object]:
    """Sign a remote examination with all it can hold; return what was signed."""
    with database.write() as unit:
        fill(unit.session, practice.world, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
        amend(
            unit.session,
            practice.world.doctor,
            practice.world.visit.id,
            reason="Có kết quả muộn",
            text="Kali 4,1 mmol/l\nKhông đổi thuốc",
            now=unit.now,
        )
        return [json.loads(each.canonical) for each in records_of(unit.session, practice.world.visit)]


def leaves(content: object, key: str = "") -> Iterator[str]:
    """Yield each line of what a reader of the paper must find."""
    if isinstance(content, dict):
        for name, each in content.items():
            if name not in SAID_IN_WORDS | FOR_MACHINES | ELSEWHERE:
                yield from leaves(each, name)
    elif isinstance(content, list):
        for each in content:
            yield from leaves(each, key)
    elif isinstance(content, str) and key == "value":
        yield content.removesuffix(".0").replace(".", ",")
    elif isinstance(content, str):
        # A system's code is for machines, that of a disease is printed.
        yield from (row for row in content.split("\n") if row and not (key == "code" and row.islower()))


def lacks(content: object, paper: str) -> list[str]:
    return [text for text in leaves(content) if squeezed(text).lower() not in paper]


def as_pdf(practice: Practice, name: str) -> str:
    answer = practice.nurse.get(f"{practice.visit}/papers/{name}.pdf")
    assert answer.status_code == 200, name
    return squeezed(text_of(answer.content)).lower()


def as_html(practice: Practice, path: str) -> str:
    sheet = practice.nurse.get(path).text.partition("<body")[2]
    return squeezed(unescape(re.sub("<[^>]*>", " ", sheet))).lower()


def sheets_of(practice: Practice) -> dict[str, str]:
    """Return the addresses of the print views by the names of their papers."""
    page = practice.nurse.get(practice.visit).text
    found = {"visit": f"{practice.visit}/print"}
    own = {"prescription": '/prescriptions/[^"/]+', "referral": '/referrals/[^"/]+'}
    for name, at in {**own, "minutes": f"{practice.visit}/minutes"}.items():
        links = re.findall(f'href="({at}/print)"', page)
        if links:
            found[name] = links[0]
    return found


def papers_of(practice: Practice) -> tuple[Papers, Papers]:
    """Return the words of every paper there is, by its name: as PDF, and as a print view."""
    sheets = sheets_of(practice)
    with patient_press(practice.app):
        return (
            {name: as_pdf(practice, name) for name in sheets},
            {name: as_html(practice, path) for name, path in sheets.items()},
        )


def check(signed: list[object], papers: Papers) -> None:
    """Expect all that was signed on the visit's sheet; of a part, some may be on a paper of its own."""
    for document in signed:
        assert isinstance(document, dict)
        own = {name: each for name, each in document.items() if name != "parts"}
        assert lacks(own, papers["visit"]) == []
        for name, content in document["parts"].items():
            assert lacks(content, papers["visit"] + papers.get(name, "")) == [], name


def test_all_that_is_signed_of_an_examination_is_on_paper(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    practice = open_practice(database, tmp_path, clock)
    signed = signed_with_all(database, practice)
    for papers in papers_of(practice):
        assert set(papers) == {"visit", "prescription", "referral"}
        check(signed, papers)


def test_all_that_is_signed_of_a_conference_is_on_paper(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    practice = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT)
    with database.write() as unit:
        confer(unit.session, practice.world, now=unit.now)
        practice.world.sign(unit.session, now=unit.now, by=practice.world.practitioner)
        signed = [json.loads(each.canonical) for each in records_of(unit.session, practice.world.visit)]
    for papers in papers_of(practice):
        assert set(papers) == {"visit", "minutes"}
        check(signed, papers)


@pytest.mark.parametrize("size", ["a5", "a4"])
def test_a_long_history_and_many_medicines_go_on_overleaf(
    database: Database, tmp_path: Path, clock: FixedClock, size: str
) -> None:
    practice = open_practice(database, tmp_path, clock)
    with database.write() as unit:
        session, now, world = unit.session, unit.now, practice.world
        long = {
            Section.HISTORY: "\n".join(f"Năm {1900 + at}: nhập viện lần {at}." for at in range(100)),
            Section.MEDICINES: "\n".join(f"thuốc số {at} mỗi sáng;" for at in range(100)),
        }
        written = sections_of(session, world.visit)
        for name, text in long.items():
            version = written[name].version if name in written else 0
            write_section(session, world.doctor, world.visit.id, name, text, version=version, now=now)
        world.write(session, now=now)
        world.sign(session, now=now)
    with patient_press(practice.app):
        content = practice.nurse.get(f"{practice.visit}/papers/visit.pdf?size={size}").content
    assert len(pages_of(content)) > 1
    text = squeezed(text_of(content))
    rows = squeezed(as_html(practice, f"{practice.visit}/print?size={size}"))
    for at in range(100):
        for words in (f"Năm {1900 + at}: nhập viện lần {at}.", f"thuốc số {at} mỗi sáng;"):
            assert squeezed(words) in text, words
            assert squeezed(words).lower() in rows, words
