"""What an operator does from the command line: set-up, accounts, keys, self-diagnosis."""

import sqlite3
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth import migrations, reference
from telehealth.access.rules import INTEGRATION_ACTIONS
from telehealth.availability.rules import Scope
from telehealth.availability.schemas import HolidayImport
from telehealth.availability.service import Imported, Target, apply_holidays, import_holidays
from telehealth.conditions.service import import_list
from telehealth.facilities import queries as facilities
from telehealth.facilities.schemas import FacilityImport
from telehealth.facilities.service.load import import_facilities as import_into
from telehealth.files.service import reseal as reseal_files
from telehealth.kit.actors import SYSTEM
from telehealth.kit.clock import SystemClock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.errors import InvalidError
from telehealth.kit.settings import Settings
from telehealth.messaging.service import reseal as reseal_messages
from telehealth.papers import service as papers
from telehealth.papers.service import RecordCheck
from telehealth.patients.service import reseal as reseal_patients
from telehealth.prescriptions.finding import facility_of_code
from telehealth.prescriptions.service import Imported as ImportedFormulary
from telehealth.prescriptions.service import import_formulary as formulary_into
from telehealth.prescriptions.service import import_long_use as long_use_into
from telehealth.push.service import reseal as reseal_pushes
from telehealth.scheduling import guard, marks
from telehealth.scheduling.service import preview
from telehealth.staff import service
from telehealth.staff.models import ApiToken
from telehealth.staff.queries import list_roster
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service import reseal as reseal_draft_keys
from telehealth.staff.service.members import Post
from telehealth.visits import service as visits
from telehealth.visits.codefile import read_codes
from telehealth.visits.codes import list_lists
from telehealth.visits.service import ImportedCodes

SAFE_SQLITE = (3, 51, 3)
"""The first release without the WAL-reset bug; below it, one writer per file is the mitigation."""

HOLIDAYS = Path(__file__).parent / "availability" / "data" / "holidays-vn.toml"
"""The national calendar that comes with the program."""

RESEAL_AT_ONCE = 200
REFUSED_SHOWN = 50

Reseal = Callable[[Session, Keyring, int], int]
RESEALING: tuple[Reseal, ...] = (
    reseal_files,
    reseal_patients,
    reseal_messages,
    reseal_pushes,
    reseal_draft_keys,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_fine: bool
    text: str


def load_reference(database: Database) -> None:
    """Load what every deployment needs; what is there stays as it is."""
    with database.write() as unit:
        reference.load(unit.session, now=unit.now)


def import_facilities(database: Database, file: Path) -> int:
    """Import facilities from a TOML file; return how many are new."""
    data = FacilityImport.model_validate(tomllib.loads(file.read_text("utf-8")))
    with database.write() as unit:
        return import_into(unit.session, SYSTEM, data, now=unit.now).created


def import_codes(
    database: Database,
    file: Path,
    label: str,
    columns: dict[str, str],
    *,
    leave_out_refused: bool,
    say: Callable[[str], None],
    words: Callable[[str], str],
) -> ImportedCodes:
    """Import a list of diagnosis codes in one unit; say what is refused (`words` of why) and how far it is.

    Raises what `read_codes` and `visits.service.import_codes` refuse.
    """
    content = file.read_bytes()
    read = read_codes(content, columns)
    titles = ", ".join(f"{what}={title}" for what, title in read.columns.items())
    say(f"{file.name}: {read.encoding}, {titles}")
    for row in read.refused[:REFUSED_SHOWN]:
        say(f"!! line {row.number}: {words(row.reason)}: {row.text}")
    if len(read.refused) > REFUSED_SHOWN:
        say(f"!! … {len(read.refused) - REFUSED_SHOWN} more")
    with database.write() as unit:
        return visits.import_codes(
            unit.session,
            label,
            read,
            content,
            source=file.name,
            now=unit.now,
            leave_out_refused=leave_out_refused,
            progress=lambda done, of: say(f"{done} / {of}"),
        )


def list_codes(database: Database) -> list[str]:
    """Return a line for each list of diagnosis codes."""
    with database.read() as unit:
        return [
            f"{row.label}  {row.row_count} codes  "
            f"{f'in use from {row.in_use_from}' if row.in_use_from else 'not in use'}  {row.source}"
            for row in list_lists(unit.session)
        ]


def use_codes(database: Database, label: str, from_on: date | None) -> None:
    """Put a list into use from a day on; raise `code-list-not-found`."""
    with database.write() as unit:
        visits.decide_use(unit.session, label, from_on=from_on)


def read_national_calendar(file: Path) -> HolidayImport:
    """Read a national calendar from a TOML file; raise `holidays-unreadable`."""
    try:
        return HolidayImport.model_validate(tomllib.loads(file.read_text("utf-8")))
    except ValueError as error:
        raise InvalidError("holidays-unreadable", file=file.name, why=str(error)) from None


def import_national_calendar(database: Database, file: Path) -> Imported:
    """Bring the national calendar of a file's years in line with it; raise `holidays-unreadable`."""
    data = read_national_calendar(file)
    with database.write() as unit:
        return import_holidays(unit.session, SYSTEM, data, now=unit.now)


def stranded_by_calendar(database: Database, file: Path) -> list[str]:
    """Return code and time of what is agreed for days that a national calendar closes; nothing is kept.

    Written, untold, and taken back. Raises `holidays-unreadable`.
    """
    data, zone = read_national_calendar(file), database.policy.zone
    with database.write() as unit:
        session, now = unit.session, unit.now
        rows = preview(session, Target(Scope.NATIONAL), lambda: apply_holidays(session, data), now=now)
        return [f"{row.code}  {row.starts_at.astimezone(zone):%d/%m/%Y %H:%M}" for row in rows]


def import_formulary(database: Database, file: Path, facility_code: str, label: str) -> ImportedFormulary:
    """Import a list of medicines for the facility of an official code.

    Raises `facility-not-found` and what `prescriptions.service.import_formulary` refuses.
    """
    content = file.read_bytes()
    with database.write() as unit:
        session, now = unit.session, unit.now
        facility_id = facility_of_code(session, facility_code, on=database.policy.local_date(now))
        return formulary_into(session, SYSTEM, facility_id, label, content, now=now)


def invite(
    database: Database,
    *,
    username: str,
    full_name: str,
    facility_id: UUID,
    role: Role,
    qualification: Qualification,
    title: str,
    licence_number: str | None,
) -> str:
    """Add a person and return the activation code; raises what `staff.service.invite` raises."""
    post = Post(facility_id, role, qualification, title, licence_number)
    with database.write() as unit:
        invited = service.invite(
            unit.session, SYSTEM, full_name=full_name, username=username, post=post, now=unit.now
        )
        return invited.code


def list_facilities(database: Database) -> list[tuple[UUID, str]]:
    """Return id and name of each facility of today, by name."""
    with database.read() as unit:
        today = database.policy.local_date(unit.now)
        return [(each.id, each.name) for each in facilities.list_facilities(unit.session, today)]


def list_members(database: Database) -> list[tuple[UUID, str, str, str]]:
    """Return id of the membership, user name, role and facility of each who works today or soon will."""
    with database.read() as unit:
        today = database.policy.local_date(unit.now)
        return [
            (line.membership.id, line.staff.username, line.membership.role, line.facility_name)
            for each in facilities.list_facilities(unit.session, today)
            for line in list_roster(unit.session, SYSTEM, each.id, today=today)
        ]


def token_for_membership(database: Database, name: str, membership_id: UUID, *, days: int) -> str:
    """Make a bearer token that acts as a membership; return it, for once."""
    with database.write() as unit:
        expires_at = unit.now + timedelta(days=days)
        _, raw = service.create_token(
            unit.session, SYSTEM, name=name, expires_at=expires_at, membership_id=membership_id, now=unit.now
        )
        return raw


def token_for_facility(
    database: Database, name: str, facility_id: UUID, actions: Collection[str], *, days: int
) -> str:
    """Make an integration that may do `actions` for a facility, and its token; return it, for once."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        integration = service.create_integration(
            session, SYSTEM, facility_id, name, actions, allowed=INTEGRATION_ACTIONS, now=now
        )
        expires_at = now + timedelta(days=days)
        _, raw = service.create_token(
            session, SYSTEM, name=name, expires_at=expires_at, integration_id=integration.id, now=now
        )
        return raw


def revoke_tokens(database: Database, name: str) -> int:
    """End every token of this name; return how many were still valid."""
    with database.write() as unit:
        query = select(ApiToken.id).where(ApiToken.name == name, col(ApiToken.revoked_at).is_(None))
        token_ids = unit.session.exec(query).all()
        for token_id in token_ids:
            service.revoke_token(unit.session, SYSTEM, token_id, now=unit.now)
        return len(token_ids)


def rotate_keys(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Put a new sealing key first, then seal every stored field with it, in short transactions.

    The old key stays in the keyring until everything is sealed anew, so a stop half-way loses
    nothing and running again goes on. A running server must be restarted before, to know the key.
    """
    path = settings.data_dir / "keys.json"
    keyring = Keyring.load_or_create(path).rotated()
    keyring.save(path)
    database = Database(settings.url, clock=SystemClock(), keyring=keyring, policy=settings.policy)
    total = 0
    try:
        for reseal in RESEALING:
            while count := _reseal_some(database, reseal):
                total += count
                say(f"  {total}")
    finally:
        database.dispose()
    return total


def diagnose(settings: Settings, database: Database) -> list[Finding]:
    """Look at what must be true of a deployment."""
    with database.writer.connect() as connection:
        has_guard, has_marks = guard.is_present(connection), marks.is_present(connection)
    current, newest = migrations.current_revision(database.writer), migrations.newest_revision()
    findings = [
        Finding(current == newest, f"database revision {current}, program needs {newest}"),
        Finding(has_guard, "guard against double booking"),
        Finding(has_marks, "marks of changed diaries"),
        Finding(settings.is_https or not _is_public(settings), f"people reach it at {settings.base_url}"),
        Finding(bool(settings.turn_urls) or settings.demo, "TURN relay configured"),
    ]
    if database.is_sqlite:
        is_safe = sqlite3.sqlite_version_info >= SAFE_SQLITE
        note = "" if is_safe else ": below 3.51.3 only one process may write, as this program does"
        findings.append(Finding(True, f"SQLite {sqlite3.sqlite_version}{note}"))
    return findings


def _is_public(settings: Settings) -> bool:
    return settings.host not in ("127.0.0.1", "localhost", "::1")


def _reseal_some(database: Database, reseal: Reseal) -> int:
    with database.write() as unit:
        return reseal(unit.session, database.keyring, RESEAL_AT_ONCE)


def import_conditions(database: Database, file: Path, label: str) -> int:
    """Import the list of conditions for remote examination; return how many rows it has.

    Raises `conditions-unreadable`, `conditions-unlabelled`.
    """
    text = _list_text(file)
    with database.write() as unit:
        return import_list(unit.session, text, label, now=unit.now)


def import_long_use(database: Database, file: Path, label: str) -> int:
    """Import the list of diseases for more than 30 days; return how many rows it has.

    Raises `conditions-unreadable`, `conditions-unlabelled`.
    """
    text = _list_text(file)
    with database.write() as unit:
        return long_use_into(unit.session, text, label, now=unit.now)


def _list_text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise InvalidError("conditions-unreadable", line=1) from None


def check_records(database: Database, visit: str) -> list[RecordCheck]:
    """Check what was signed of a visit; nothing for an id that is none."""
    try:
        visit_id = UUID(visit)
    except ValueError:
        return []
    with database.read() as unit:
        return papers.check_records(unit.session, papers.list_records(unit.session, visit_id))
