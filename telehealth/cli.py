"""The `telehealth` command."""

import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
from pydantic import ValidationError

from telehealth import demo as demo_data
from telehealth import migrations, operations, relay
from telehealth.kit import logs
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.settings import Settings
from telehealth.main import create_app, open_database
from telehealth.push.sender import new_key
from telehealth.scheduling import guard
from telehealth.serving import CannotStartError, require_free_port, require_writable, serve
from telehealth.staff.rules import Qualification, Role
from web.i18n import DEFAULT_LANGUAGE, LANGUAGES, has_text, translate

app = typer.Typer(help="Telehealth xã: khám từ xa cho trạm y tế xã.", no_args_is_help=True)
staff = typer.Typer(help="Accounts of staff.", no_args_is_help=True)
token = typer.Typer(help="Bearer tokens of the API.", no_args_is_help=True)
keys = typer.Typer(help="Encryption keys.", no_args_is_help=True)
facility = typer.Typer(help="Health facilities.", no_args_is_help=True)
holidays = typer.Typer(help="The national calendar.", no_args_is_help=True)
push = typer.Typer(help="Web Push.", no_args_is_help=True)
turn = typer.Typer(help="The TURN relay of calls.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(token, name="token")
app.add_typer(keys, name="keys")
app.add_typer(facility, name="facility")
app.add_typer(holidays, name="holidays")
app.add_typer(push, name="push")
app.add_typer(turn, name="turn")


@app.command("serve")
def serve_command() -> None:
    """Serve pages, API, sockets and timed jobs; settings come from TELEHEALTH_… variables."""
    settings = _settings()
    with _plain_errors():
        require_writable(settings.data_dir)
        require_free_port(settings.host, settings.port)
        logs.configure()
        server = create_app(settings)
        guard.require(server.state.database.writer)
        serve(server, settings)


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Throw the demo's data away first.")] = False,
) -> None:
    """Migrate an embedded database, load the pilot's places and invented people, and serve."""
    settings = _demo_settings()
    with _plain_errors():
        require_writable(settings.data_dir)
        require_free_port(settings.host, settings.port)
        if reset:
            demo_data.forget(settings.data_dir)
        with _database(settings) as database:
            migrations.upgrade(database.writer)
            is_new = demo_data.load(database, say=typer.echo)
            demo_data.renew(database)
        logs.configure()
        typer.echo(demo_data.greeting(settings.base_url, is_new=is_new))
        serve(create_app(settings), settings)


@app.command()
def migrate() -> None:
    """Bring the database to the shape this version needs, and load reference data."""
    settings = _settings()
    with _plain_errors(), _database(settings) as database:
        require_writable(settings.data_dir)
        migrations.upgrade(database.writer)
        operations.load_reference(database)
        typer.echo(f"Database is at revision {migrations.current_revision(database.writer)}.")


@app.command()
def check() -> None:
    """Tell what is wrong with this deployment, if anything; exit code 1 when something is."""
    settings = _settings()
    with _plain_errors(), _database(settings) as database:
        findings = operations.diagnose(settings, database)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.is_fine else '!! '} {finding.text}")
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the JSON API."""
    typer.echo(json.dumps(create_app(_settings()).openapi(), ensure_ascii=False, indent=2))


@staff.command("invite")
def staff_invite(
    username: Annotated[str, typer.Argument(help="A phone number or a word.")],
    name: Annotated[str, typer.Option(help="Full name, family name first.")],
    facility_id: Annotated[UUID, typer.Option(help="Where the person works: see `facility list`.")],
    role: Annotated[Role, typer.Option(help="What the person does there.")],
    qualification: Annotated[Qualification, typer.Option(help="By diploma.")] = Qualification.OTHER,
    title: Annotated[str, typer.Option(help="As printed before the name.")] = "",
    licence: Annotated[str, typer.Option(help="Practice licence number.")] = "",
) -> None:
    """Create an account and print its activation link, which works once and for 24 hours."""
    settings = _settings()
    with _plain_errors(), _database(settings) as database:
        code = operations.invite(
            database,
            username=username,
            full_name=name,
            facility_id=facility_id,
            role=role,
            qualification=qualification,
            title=title,
            licence_number=licence or None,
        )
    typer.echo(f"{settings.base_url}/activate/{code}")


@staff.command("list")
def staff_list() -> None:
    """List who works where, each line with the id of the membership that a token can act as."""
    with _plain_errors(), _database(_settings()) as database:
        for membership_id, username, role, facility_name in operations.list_members(database):
            typer.echo(f"{membership_id}  {username:<14} {role:<20} {facility_name}")


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    membership: Annotated[UUID | None, typer.Option(help="Act as this membership: see `staff list`.")] = None,
    facility_id: Annotated[
        UUID | None, typer.Option("--facility", help="Act for it: see `facility list`.")
    ] = None,
    action: Annotated[list[str] | None, typer.Option(help="What an integration may do; repeat.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid.")] = 90,
) -> None:
    """Create a bearer token and print it once."""
    with _plain_errors(), _database(_settings()) as database:
        if membership is not None and facility_id is None:
            raw = operations.token_for_membership(database, name, membership, days=days)
        elif facility_id is not None and membership is None:
            raw = operations.token_for_facility(database, name, facility_id, action or [], days=days)
        else:
            _stop("Name either --membership or --facility.")
    typer.echo(raw)


@token.command("revoke")
def token_revoke(name: Annotated[str, typer.Argument(help="The name it was created with.")]) -> None:
    """Let every token of this name end now."""
    with _plain_errors(), _database(_settings()) as database:
        typer.echo(f"{operations.revoke_tokens(database, name)} revoked.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Make a new sealing key, then seal every stored field anew; safe to run again after a stop."""
    settings = _settings()
    with _plain_errors():
        count = operations.rotate_keys(settings, say=typer.echo)
    typer.echo(f"{count} fields sealed with the new key.")


@push.command("key")
def push_key() -> None:
    """Print a new pair of keys for Web Push. Browsers subscribe anew after a change."""
    private, public = new_key()
    typer.echo(f"TELEHEALTH_PUSH_KEY={private}")
    typer.echo("Đặt dòng trên cùng TELEHEALTH_PUSH_CONTACT=mailto:… vào thiết lập của máy chủ, giữ kín.")
    typer.echo("Put the line above and TELEHEALTH_PUSH_CONTACT=mailto:… into the settings; keep it secret.")
    typer.echo(f"Khóa công khai · public key: {public}")


@turn.command("check")
def turn_check(
    allow: Annotated[
        list[str] | None, typer.Option(help="A private network that people call from, 10.20.0.0/16; repeat.")
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Certificate of an authority of your own."),
    ] = None,
    language: Annotated[str, typer.Option(help="vi or en.")] = DEFAULT_LANGUAGE,
) -> None:
    """Prove from outside that the relay works over each transport and that strangers get nothing of it.

    Exit code: 0 fine, 1 not configured, 3 works but lacks something, 4 does not work for some, 5 unsafe.
    """
    if language not in LANGUAGES:
        _stop("--language: vi, en")
    try:
        findings = relay.check(_settings(), allow or [], authority, now=SystemClock().now())
    except relay.CannotCheckError as error:
        _stop(f"{translate(f'relay.{error.key}', language, error.facts)}")
    for each in findings:
        mark = "ok" if each.level is relay.Level.FINE else "!!"
        typer.echo(f"{mark}  {translate(f'relay.{each.key}', language, each.facts)}")
    raise typer.Exit(relay.worst(findings))


@facility.command("list")
def facility_list() -> None:
    """List the facilities of today with their ids."""
    with _plain_errors(), _database(_settings()) as database:
        for facility_id, name in operations.list_facilities(database):
            typer.echo(f"{facility_id}  {name}")


@facility.command("import")
def facility_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML, as telehealth/demo/facilities.toml.")
    ],
) -> None:
    """Import levels, tiers, administrative units and facilities; what exists is brought in line."""
    with _plain_errors(), _database(_settings()) as database:
        typer.echo(f"{operations.import_facilities(database, file)} facilities imported.")


def _settings(**given: Any) -> Settings:
    """Read the settings; stop with one sentence for a value that cannot be used."""
    try:
        return Settings(**given)
    except ValidationError as error:
        _stop("; ".join(_setting_refused(each, is_demo=bool(given)) for each in error.errors()))


@holidays.command("import")
def holidays_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML; left out, the calendar of the program.")
    ] = operations.HOLIDAYS,
) -> None:
    """Import holidays and make-up working days; the file's years become exactly what it says."""
    with _plain_errors(), _database(_settings()) as database:
        done = operations.import_national_calendar(database, file)
    typer.echo(f"{done.added} days added, {done.changed} changed, {done.removed} removed.")


def _demo_settings() -> Settings:
    """Return the demo's settings; PORT and DATA_DIR are the two that `make demo` names."""
    port = os.environ.get("PORT") or "8000"
    data_dir = os.environ.get("DATA_DIR") or "var"
    base_url = os.environ.get("TELEHEALTH_BASE_URL") or f"http://127.0.0.1:{port}"
    return _settings(demo=True, port=port, data_dir=data_dir, base_url=base_url)


def _setting_refused(problem: Any, *, is_demo: bool) -> str:
    """Name the variable and what is wrong; never its value, which may be a password."""
    name = str(problem["loc"][0] if problem["loc"] else "")
    shown = name.upper() if is_demo and name in ("port", "data_dir") else f"TELEHEALTH_{name.upper()}"
    return f"Giá trị của {shown} không dùng được · {shown} cannot be used: {problem['msg']}"


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, SystemClock())
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Say what is wrong in one sentence instead of a traceback."""
    try:
        yield
    except (CannotStartError, guard.GuardMissingError) as error:
        _stop(str(error))
    except tomllib.TOMLDecodeError as error:
        _stop(f"Tệp không đúng dạng TOML · The file is not TOML: {error}")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        _stop(f"Tệp có mục chưa đúng · The file has a wrong value at {place}: {first['msg']}")
    except DomainError as error:
        _stop(f"{error.code}: {_in_both_languages(error)}")


def _in_both_languages(error: DomainError) -> str:
    key = f"errors.{error.code}"
    if not has_text(key):
        return ", ".join(f"{name}={value}" for name, value in error.facts.items())
    return " · ".join(translate(key, code, error.facts) for code in ("vi", "en"))


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
