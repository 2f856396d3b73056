"""What a deployment brings in from files: facilities, holidays, medicines, codes, the remote list."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from telehealth import operations
from telehealth.cli.edge import in_both_languages, opened, plain_errors, read_settings, stop
from telehealth.prescriptions.formularies import FormularyRefusedError
from web.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate

facility = typer.Typer(help="Health facilities.", no_args_is_help=True)
holidays = typer.Typer(help="The national calendar.", no_args_is_help=True)
formulary = typer.Typer(help="Lists of medicines.", no_args_is_help=True)
codes = typer.Typer(help="Lists of diagnosis codes.", no_args_is_help=True)
conditions = typer.Typer(
    help="The lists of remote examination and of long prescriptions.", no_args_is_help=True
)


@facility.command("list")
def facility_list() -> None:
    """List the facilities of today with their ids."""
    with plain_errors(), opened(read_settings()) as database:
        for facility_id, name in operations.list_facilities(database):
            typer.echo(f"{facility_id}  {name}")


@facility.command("import")
def facility_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML, as telehealth/demo/facilities.toml.")
    ],
) -> None:
    """Import levels, tiers, administrative units and facilities; what exists is brought in line."""
    with plain_errors(), opened(read_settings()) as database:
        typer.echo(f"{operations.import_facilities(database, file)} facilities imported.")


@holidays.command("import")
def holidays_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML; left out, the calendar of the program.")
    ] = operations.HOLIDAYS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever loses its hours.")] = False,
) -> None:
    """Import holidays and make-up working days; the file's years become exactly what it says.

    Appointments on days that close are named first, and stay: a coordinator finds them another time.
    """
    with plain_errors(), opened(read_settings()) as database:
        stranded = [] if yes else operations.stranded_by_calendar(database, file)
        if stranded:
            typer.echo("\n".join(stranded))
            typer.confirm(f"{len(stranded)} appointments lose their hours. Import all the same?", abort=True)
        done = operations.import_national_calendar(database, file)
    typer.echo(f"{done.added} days added, {done.changed} changed, {done.removed} removed.")


@formulary.command("import")
def formulary_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8, see docs/running.")
    ],
    facility_code: Annotated[str, typer.Option("--facility", help="An official code of the facility.")],
    label: Annotated[str, typer.Option("--list", help="Name of this edition, 2026-11.")],
) -> None:
    """Import a facility's list of medicines, whole or not at all; the same file again changes nothing."""
    with plain_errors(), opened(read_settings()) as database:
        try:
            done = operations.import_formulary(database, file, facility_code, label)
        except FormularyRefusedError as error:
            _refuse_rows(error)
    count = done.formulary.medicines
    typer.echo(f"{count} medicines imported." if done.is_new else f"{count} medicines, imported before.")


def _refuse_rows(error: FormularyRefusedError) -> NoReturn:
    """Name each row in the way, in both languages, and stop."""
    for each in error.problems:
        key, facts = f"formulary.problems.{each.code}", {"column": each.column}
        words = " · ".join(translate(key, code, facts) for code in ("vi", "en"))
        typer.echo(f"dòng {each.line} · line {each.line}: {words}", err=True)
    stop(f"{error.code}: {in_both_languages(error)}")


@codes.command("import")
def codes_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a head, any encoding.")],
    label: Annotated[str, typer.Option("--list", help="Label of this version, for example “BYT 2026”.")],
    column: Annotated[
        list[str] | None, typer.Option(help="code=TITLE, name=TITLE, source=TITLE, where titles are others.")
    ] = None,
    leave_out_refused: Annotated[
        bool, typer.Option("--leave-out-refused", help="Import the rows that can be taken.")
    ] = False,
) -> None:
    """Import a list of diagnosis codes beside the others, whole or not at all; it is not in use by that."""
    columns = dict(each.partition("=")[::2] for each in column or ())
    with plain_errors(), opened(read_settings()) as database:
        done = operations.import_codes(
            database,
            file,
            label,
            columns,
            leave_out_refused=leave_out_refused,
            say=typer.echo,
            words=lambda reason: translate(f"codes.refused.{reason}", DEFAULT_LANGUAGE, {}),
        )
    is_new = "" if done.is_new else " (was there already, nothing changed)"
    typer.echo(f"{done.count} codes in the list {done.label}{is_new}.")


@codes.command("list")
def codes_list() -> None:
    """List the versions with their sizes and since when each is in use."""
    with plain_errors(), opened(read_settings()) as database:
        for line in operations.list_codes(database):
            typer.echo(line)


@codes.command("use")
def codes_use(
    label: Annotated[str, typer.Argument(help="Label of the list.")],
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; left out: not in use.")
    ] = None,
) -> None:
    """Put a list into use from a day on, or out of use."""
    with plain_errors(), opened(read_settings()) as database:
        operations.use_codes(database, label, from_on.date() if from_on else None)
    typer.echo(f"{label}: {f'in use from {from_on:%Y-%m-%d}' if from_on else 'not in use'}.")


@conditions.command("import")
def conditions_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8: code, name, source.")
    ],
    label: Annotated[str, typer.Option(help="Number and date of the circular; shown and signed.")],
) -> None:
    """Import the ministry's list of conditions for remote examination; the list imported last counts."""
    with plain_errors(), opened(read_settings()) as database:
        count = operations.import_conditions(database, file, label)
    said = {"count": count, "label": label}
    typer.echo(" · ".join(translate("conditions.list_imported", code, said) for code in LANGUAGES))


@conditions.command("import-long")
def conditions_import_long(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8: code, name, source.")
    ],
    label: Annotated[str, typer.Option(help="Number and date of the circular; shown and signed.")],
) -> None:
    """Import the list of diseases for more than 30 days of medicine; the list imported last counts."""
    with plain_errors(), opened(read_settings()) as database:
        count = operations.import_long_use(database, file, label)
    said = {"count": count, "label": label}
    typer.echo(" · ".join(translate("conditions.list_imported", code, said) for code in LANGUAGES))
