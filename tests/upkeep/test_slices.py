"""The house's rules that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from tests.upkeep import sources

TEMPLATE = {
    "__init__.py",
    "models.py",
    "rules.py",
    "states.py",
    "queries.py",
    "service.py",
    "schemas.py",
    "api.py",
    "jobs.py",
    "events.py",
    "errors.py",
}
MORE = {
    "audit": {"steps.py": "the record of something with states, which slices above keep in one way"},
    "access": {"deps.py": "the marker of staff routes", "refusals.py": "what was refused, kept in memory"},
    "background": {"part.py": "implements the ports of visits"},
    "calls": {
        "arriving.py": "coming into a room, in a handful of statements past the ORM",
        "forms.py": "in which forms a call was held, past what rules.py can hold",
        "holding.py": "which server process holds a room, asked without an actor",
        "ports.py": "implements what signaling declares",
        "journals.py": "what a call's journal says, past what rules.py can hold",
        "ringing.py": "whom a call may ring and how often, past what rules.py can hold",
        "standing.py": "who may be in a room, one statement for thousands",
    },
    "checks": {
        "checkers.py": "implements what messaging declares: whether a text still holds",
        "questions.py": "questionnaires as data and how answers are judged, past what rules.py can hold",
        "listed.py": "the one list of calls, past what queries.py can hold",
    },
    "conferences": {"part.py": "minutes as a part of the visit's record"},
    "consents": {"deps.py": "receiving a signed paper, washed outside of any unit of work"},
    "duty": {"weeks.py": "a week's roster, which pages, API and publishing look at alike"},
    "files": {
        "storage.py": "the storage port and the folder that implements it",
        "deps.py": "the store of the running application, the bytes of a chunk",
        "washing.py": "the process that opens what strangers sent and draws it anew",
    },
    "followup": {
        "checkers.py": "implements what messaging declares: whether a text still holds",
        "asked.py": "what became of the next visits a doctor asked for",
        "expecting.py": "when the patient of a plan is expected, past what queries.py can hold",
        "ports.py": "what links may lead to that slices above keep",
        "todo.py": "every select of tasks, past what queries.py can hold",
    },
    "interop": {
        "exchanging.py": "the routes of FHIR, past what api.py holds of calendars",
        "resources.py": "appointments and slots as FHIR has them, past what rules.py can hold",
    },
    "lines": {"ports.py": "implements what signaling declares for checks"},
    "links": {"deps.py": "the marker of patient routes", "actors.py": "the patient link as an actor"},
    "messaging": {
        "deps.py": "the gateways of the running application",
        "gateways/__init__.py": "ways for texts to leave, one module each",
        "gateways/file.py": "the gateway made of files",
        "gateways/esms.py": "eSMS.vn",
        "gateways/http.py": "any vendor with an HTTP interface, by settings",
        "gateways/gammu.py": "a GSM modem behind gammu-smsd",
        "gateways/wire.py": "calling a vendor over HTTP, bounded",
        "gateways/deadlines.py": "one end for a whole exchange",
        "pacing.py": "when a text may go and how soon again, past what rules.py can hold",
        "receiving.py": "where vendors call, which is neither page nor API",
        "routing.py": "which gateway next, past what rules.py can hold",
        "setup.py": "from settings to gateways",
        "ports.py": "what the outbox asks of gateways and of higher slices",
        "templates.py": "the texts and forbidden words, read from data",
        "texts.py": "which version of a text is in use and registered where",
    },
    "papers": {
        "bundles.py": "a signed visit as a FHIR document",
        "fhir/__init__.py": "what such a document is made of",
        "fhir/basics.py": "codes, addresses, sections, and text of what no module knows",
        "fhir/actors.py": "who and where",
        "fhir/findings.py": "what the visit itself records",
        "fhir/carried.py": "what a patient brings along",
        "fhir/medicines.py": "a signed prescription",
        "fhir/requests.py": "orders and referral",
        "fhir/spoken.py": "examination, thread, minutes, the list's check",
        "fhir/parts.py": "which part is read by which of them",
        "certificates.py": "a key and certificate of one's own, for trying",
        "glyphs.py": "text as paper can show it",
        "press.py": "setting papers in a process of its own, with a deadline",
        "pressing.py": "the process that sets papers",
        "signer.py": "the port of digital signatures and the signer with a local key",
    },
    "patients": {
        "duplicates.py": "records that resemble one, past what queries.py can hold",
        "finding.py": "the search, past what queries.py can hold",
        "glasses.py": "records opened in an emergency, past what queries.py can hold",
        "likeness.py": "how alike two records are, past what rules.py can hold",
        "typed.py": "what was typed or scanned, taken apart, past what rules.py can hold",
    },
    "prescriptions": {
        "finding.py": "formularies and the search in them, past what queries.py can hold",
        "formularies.py": "reading a file of medicines, past what rules.py can hold",
        "handles.py": "what the code on paper asks about",
        "instructions.py": "what instructions say of days and times, past what rules.py can hold",
        "known.py": "what a name stands for, past what rules.py can hold",
        "vocabulary.py": "the words of a list by how they sound, kept in memory",
        "national.py": "the national system over HTTP, behind ports.py",
        "part.py": "implements the ports of visits",
        "ports.py": "what is asked of the national system",
        "warnings.py": "what warns and what is lacking, past what rules.py can hold",
    },
    "push": {"sender.py": "calling a push service, signed"},
    "scheduling": {
        "daybits.py": "a day of a diary in bits, past what rules.py can hold",
        "diaries.py": "loading all that decides when a resource is free, past what queries.py can hold",
        "arranging.py": "the routes that move, answer and override, past what api.py can hold",
        "explain.py": "why a doctor shows no slot, the search's own steps one by one",
        "finding.py": "the slot search, past what queries.py can hold",
        "guard.py": "the database's own refusal of overlaps",
        "boards.py": "the days of all doctors, kept by a process and brought up to date",
        "marks.py": "the database's own notes of changed diaries",
        "masks.py": "the free starts of many doctors, as bits",
        "pools.py": "the selects a pool's choice rests on, past what queries.py can hold",
        "slots.py": "slots over diaries, past what rules.py can hold",
    },
    "staff": {
        "licensed.py": "who may sign for a station",
        "activity.py": "who was last seen when, kept in memory",
        "actors.py": "the membership as an actor",
        "bearers.py": "who is behind a cookie or a token, asked for every request",
        "cards.py": "what the queries tell about people",
        "deps.py": "password hashing for async edges",
    },
    "visits": {
        "deps.py": "an attachment received: bytes, washing and keeping, each on its own",
        "attachments.py": "the rules of photos and papers, past what rules.py can hold",
        "attached.py": "their selects, past what queries.py can hold",
        "attaching.py": "their routes, past what api.py can hold",
        "parts.py": "the port through which slices above add parts to the record",
        "vitals.py": "codes, units and limits of measurements",
        "ranges.py": "how values lie in the range of their age, past what rules.py can hold",
        "codes.py": "the selects of diagnosis codes, past what queries.py can hold",
        "prefixes.py": "lists of diseases by the beginning of a code, past what rules.py can hold",
        "codefile.py": "reading a file of diagnosis codes, past what rules.py can hold",
    },
}
"""Slice -> a file beyond the template and what it is for."""

NOT_SLICES = {"kit", "demo", "cli"}

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "dt.datetime.now"}


def slices() -> list[Path]:
    found = {Path(*p.parts[:2]) for p in sources.files("telehealth", suffix=".py") if len(p.parts) > 2}
    return sorted(path for path in found if path.name not in NOT_SLICES)


@pytest.mark.parametrize("folder", slices(), ids=str)
def test_a_slice_has_only_the_file_names_of_the_template(folder: Path) -> None:
    own = [p for p in sources.files("telehealth", suffix=".py") if p.is_relative_to(folder)]
    # service.py past its size becomes the folder service/, by use-case.
    names = {str(p.relative_to(folder)) for p in own if p.relative_to(folder).parts[0] != "service"}
    assert names - TEMPLATE - set(MORE.get(folder.name, {})) == set()


def test_every_event_is_heard_by_somebody_in_the_visible_table() -> None:
    wiring = sources.read(Path("telehealth/wiring.py"))
    files = [
        p for p in sources.files("telehealth", suffix=".py") if p.name == "events.py" and "kit" not in p.parts
    ]
    events = [node for p in files for node in sources.tree(p).body if isinstance(node, ast.ClassDef)]
    shapes = {ast.unparse(base) for event in events for base in event.bases}
    assert [e.name for e in events if e.name not in shapes and not re.search(rf"\b{e.name}\b", wiring)] == []


def test_only_the_kit_commits() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path in sources.files(*sources.PRODUCT, suffix=".py")
        if not path.is_relative_to("telehealth/kit")
        for name, call in sources.calls(path)
        if name.endswith(".commit")
    ]
    assert found == []


def test_only_the_kit_reads_the_clock() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path in sources.files(*sources.PRODUCT, suffix=".py")
        if path != Path("telehealth/kit/clock.py")
        for name, call in sources.calls(path)
        if name in CLOCKS
    ]
    assert found == []


def test_models_hold_tables_only() -> None:
    """Deferred annotations break SQLModel; a Relationship would tie slices together."""
    found = []
    for path in sources.files("telehealth", suffix=".py"):
        imports = [n for n in ast.walk(sources.tree(path)) if isinstance(n, ast.ImportFrom)]
        names = {(node.module, alias.name) for node in imports for alias in node.names}
        if path.name == "models.py" and ("__future__", "annotations") in names:
            found.append(f"{path}: deferred annotations")
        if ("sqlmodel", "Relationship") in names:
            found.append(f"{path}: Relationship")
    assert found == []


def test_the_migrations_folder_does_not_shadow_the_library() -> None:
    assert not (sources.ROOT / "alembic" / "__init__.py").exists()
