"""The `telehealth` command."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from telehealth import demo as demo_data
from telehealth import migrations, operations
from telehealth.kit import logs
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.settings import Settings
from telehealth.main import create_app, open_database
from telehealth.scheduling import guard
from telehealth.serving import CannotStartError, require_free_port, require_writable, serve

app = typer.Typer(help="Telehealth xã: khám từ xa cho trạm y tế xã.", no_args_is_help=True)
staff = typer.Typer(help="Accounts of staff.", no_args_is_help=True)
token = typer.Typer(help="Bearer tokens of the API.", no_args_is_help=True)
keys = typer.Typer(help="Encryption keys.", no_args_is_help=True)
facility = typer.Typer(help="Health facilities.", no_args_is_help=True)
holidays = typer.Typer(help="The national calendar.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(token, name="token")
app.add_typer(keys, name="keys")
app.add_typer(facility, name="facility")
app.add_typer(holidays, name="holidays")


@app.command("serve")
def serve_command() -> None:
    """Serve pages, API, sockets and timed jobs; settings come from TELEHEALTH_… variables."""
    settings = Settings()
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
        logs.configure()
        typer.echo(demo_data.greeting(settings.base_url, is_new=is_new))
        serve(create_app(settings), settings)


@app.command()
def migrate() -> None:
    """Bring the database to the shape this version needs, and load reference data."""
    settings = Settings()
    with _plain_errors(), _database(settings) as database:
        require_writable(settings.data_dir)
        migrations.upgrade(database.writer)
        operations.load_reference(database)
        typer.echo(f"Database is at revision {migrations.current_revision(database.writer)}.")


@app.command()
def check() -> None:
    """Tell what is wrong with this deployment, if anything; exit code 1 when something is."""
    settings = Settings()
    with _plain_errors(), _database(settings) as database:
        findings = operations.diagnose(settings, database)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.is_fine else '!! '} {finding.text}")
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the JSON API."""
    typer.echo(json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=2))


@staff.command("invite")
def staff_invite(
    username: Annotated[str, typer.Argument(help="A phone number or a word.")],
    name: Annotated[str, typer.Option(help="Full name, family name first.")],
    facility_id: Annotated[UUID, typer.Option(help="Facility the person works at.")],
    role: Annotated[str, typer.Option(help="station_nurse, doctor, manager, admin …")],
    qualification: Annotated[str, typer.Option(help="doctor, assistant_physician, nurse …")] = "other",
    title: Annotated[str, typer.Option(help="As printed before the name.")] = "",
    licence: Annotated[str, typer.Option(help="Practice licence number.")] = "",
) -> None:
    """Create an account and print its activation link, which works once and for 24 hours."""
    settings = Settings()
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


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    membership: Annotated[UUID | None, typer.Option(help="Act as this membership.")] = None,
    facility_id: Annotated[UUID | None, typer.Option("--facility", help="Act for this facility.")] = None,
    action: Annotated[list[str] | None, typer.Option(help="What an integration may do; repeat.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid.")] = 90,
) -> None:
    """Create a bearer token and print it once."""
    with _plain_errors(), _database(Settings()) as database:
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
    with _plain_errors(), _database(Settings()) as database:
        typer.echo(f"{operations.revoke_tokens(database, name)} revoked.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Make a new sealing key, then seal every stored field anew; safe to run again after a stop."""
    settings = Settings()
    with _plain_errors():
        count = operations.rotate_keys(settings, say=typer.echo)
    typer.echo(f"{count} fields sealed with the new key.")


@facility.command("import")
def facility_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML, as telehealth/demo/facilities.toml.")
    ],
) -> None:
    """Import levels, tiers, administrative units and facilities; what exists is left as it is."""
    with _plain_errors(), _database(Settings()) as database:
        typer.echo(f"{operations.import_facilities(database, file)} facilities imported.")


@holidays.command("import")
def holidays_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML; left out, the calendar of the program.")
    ] = operations.HOLIDAYS,
) -> None:
    """Import holidays and make-up working days; the file's years become exactly what it says."""
    with _plain_errors(), _database(Settings()) as database:
        done = operations.import_national_calendar(database, file)
    typer.echo(f"{done.added} days added, {done.changed} changed, {done.removed} removed.")


def _demo_settings() -> Settings:
    """Return the demo's settings; PORT and DATA_DIR are the two that `make demo` names."""
    port = int(os.environ.get("PORT") or 8000)
    data_dir = Path(os.environ.get("DATA_DIR") or "var")
    base_url = os.environ.get("TELEHEALTH_BASE_URL") or f"http://127.0.0.1:{port}"
    return Settings(demo=True, port=port, data_dir=data_dir, base_url=base_url)


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
    except DomainError as error:
        _stop(f"{error.code}: {', '.join(f'{key}={value}' for key, value in error.facts.items())}")


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
