"""Signed records and the keys of what is sealed."""

from pathlib import Path
from typing import Annotated

import typer

from telehealth import operations
from telehealth.cli.edge import opened, plain_errors, read_settings, stop
from telehealth.kit.clock import SystemClock
from telehealth.papers.certificates import make_certificate

record = typer.Typer(help="Signed records.", no_args_is_help=True)
keys = typer.Typer(help="Encryption keys.", no_args_is_help=True)


@record.command("verify")
def record_verify(visit: Annotated[str, typer.Argument(help="The visit's id, as in its address.")]) -> None:
    """Check a visit's signed record: unchanged bytes, unbroken chain, digital signatures and whose they are.

    Exit code: 0 sound, 1 something speaks against it or nothing is signed.
    """
    with plain_errors(), opened(read_settings()) as database:
        checks = operations.check_records(database, visit)
    if not checks:
        stop("Không có bản ký nào · Nothing is signed under this id")
    for each in checks:
        mark = "ok" if each.is_sound else "!!"
        found = each.verified
        typer.echo(f"{mark}  {each.number}  sha256 {each.sha256}  {each.signed_at.isoformat()}")
        if not each.is_unchanged:
            typer.echo("    Nội dung đã bị thay đổi · The content is not what was signed")
        elif found is not None:
            typer.echo(f"    {found.subject}, {found.signed_at.isoformat()}, {found.certificate_sha256}")
        elif each.is_signed:
            typer.echo("    Chữ ký số không khớp · The digital signature does not belong to the content")
        else:
            typer.echo("    Chưa ký số · No digital signature")
    raise typer.Exit(0 if all(each.is_sound for each in checks) else 1)


@record.command("certificate")
def record_certificate(
    name: Annotated[str, typer.Option(help="Whose certificate it is: the facility's name.")],
    folder: Annotated[Path, typer.Option(help="Where key and certificate are written.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it may sign.")] = 365,
) -> None:
    """Make a key and a certificate signed by itself, to try digital signatures with."""
    try:
        key, certificate = make_certificate(folder, name, now=SystemClock().now(), days=days)
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}")
    typer.echo(f"TELEHEALTH_SIGNING_KEY={key}")
    typer.echo(f"TELEHEALTH_SIGNING_CERTIFICATE={certificate}")
    typer.echo("Chứng thư tự cấp, chỉ để thử · Signed by itself, for trying only.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Make a new sealing key, then seal every stored field anew; safe to run again after a stop."""
    settings = read_settings()
    with plain_errors():
        count = operations.rotate_keys(settings, say=typer.echo)
    typer.echo(f"{count} fields sealed with the new key.")
