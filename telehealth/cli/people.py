"""Accounts of staff and tokens of the API."""

from typing import Annotated
from uuid import UUID

import typer

from telehealth import operations
from telehealth.cli.edge import opened, plain_errors, read_settings, stop
from telehealth.staff.rules import Qualification, Role

staff = typer.Typer(help="Accounts of staff.", no_args_is_help=True)
token = typer.Typer(help="Bearer tokens of the API.", no_args_is_help=True)


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
    settings = read_settings()
    with plain_errors(), opened(settings) as database:
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
    with plain_errors(), opened(read_settings()) as database:
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
    with plain_errors(), opened(read_settings()) as database:
        if membership is not None and facility_id is None:
            raw = operations.token_for_membership(database, name, membership, days=days)
        elif facility_id is not None and membership is None:
            raw = operations.token_for_facility(database, name, facility_id, action or [], days=days)
        else:
            stop("Name either --membership or --facility.")
    typer.echo(raw)


@token.command("revoke")
def token_revoke(name: Annotated[str, typer.Argument(help="The name it was created with.")]) -> None:
    """Let every token of this name end now."""
    with plain_errors(), opened(read_settings()) as database:
        typer.echo(f"{operations.revoke_tokens(database, name)} revoked.")
