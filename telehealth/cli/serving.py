"""Serving, the worker, the demonstration, and looking after the database."""

import json
import os
from typing import Annotated

import typer

from telehealth import demo as demo_data
from telehealth import migrations, operations, working
from telehealth.cli.edge import opened, plain_errors, read_settings
from telehealth.kit import logs
from telehealth.kit.settings import Settings
from telehealth.main import create_app
from telehealth.scheduling import guard
from telehealth.serving import require_free_port, require_writable, serve

app = typer.Typer()


@app.command("serve")
def serve_command() -> None:
    """Serve pages, API, sockets and timed jobs; settings come from TELEHEALTH_… variables."""
    settings = read_settings()
    with plain_errors():
        require_writable(settings.data_dir)
        require_free_port(settings.host, settings.port)
        logs.configure()
        server = create_app(settings)
        guard.require(server.state.database.writer)
        serve(server, settings)


@app.command()
def worker() -> None:
    """Run the timed jobs alone, beside servers with TELEHEALTH_RUN_JOBS=false; any number."""
    settings = read_settings()
    with plain_errors():
        logs.configure()
        with opened(settings) as database:
            guard.require(database.writer)
            working.work(settings, database)


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Throw the demo's data away first.")] = False,
) -> None:
    """Migrate an embedded database, load the pilot's places and invented people, and serve."""
    settings = _demo_settings()
    with plain_errors():
        require_writable(settings.data_dir)
        require_free_port(settings.host, settings.port)
        if reset:
            demo_data.forget(settings.data_dir)
        with opened(settings) as database:
            migrations.upgrade(database.writer)
            is_new = demo_data.load(database, say=typer.echo)
            demo_data.renew(database)
        logs.configure()
        typer.echo(demo_data.greeting(settings.base_url, is_new=is_new))
        serve(create_app(settings), settings)


def _demo_settings() -> Settings:
    """Return the demo's settings; PORT and DATA_DIR are the two that `make demo` names."""
    port = os.environ.get("PORT") or "8000"
    data_dir = os.environ.get("DATA_DIR") or "var"
    base_url = os.environ.get("TELEHEALTH_BASE_URL") or f"http://127.0.0.1:{port}"
    return read_settings(demo=True, port=port, data_dir=data_dir, base_url=base_url)


@app.command()
def migrate() -> None:
    """Bring the database to the shape this version needs, and load reference data."""
    settings = read_settings()
    with plain_errors(), opened(settings) as database:
        require_writable(settings.data_dir)
        migrations.upgrade(database.writer)
        operations.load_reference(database)
        typer.echo(f"Database is at revision {migrations.current_revision(database.writer)}.")


@app.command()
def check() -> None:
    """Tell what is wrong with this deployment, if anything; exit code 1 when something is."""
    settings = read_settings()
    with plain_errors(), opened(settings) as database:
        findings = operations.diagnose(settings, database)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.is_fine else '!! '} {finding.text}")
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the JSON API."""
    settings = read_settings()
    with plain_errors():
        typer.echo(json.dumps(create_app(settings).openapi(), ensure_ascii=False, indent=2))
