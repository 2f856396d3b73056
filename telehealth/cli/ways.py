"""The ways out of the house: push, relay, text messages."""

from pathlib import Path
from typing import Annotated

import typer

from telehealth import relay, working
from telehealth.cli.edge import plain_errors, read_settings, stop
from telehealth.kit.clock import SystemClock
from telehealth.push.sender import new_key
from web.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate

push = typer.Typer(help="Web Push.", no_args_is_help=True)
turn = typer.Typer(help="The TURN relay of calls.", no_args_is_help=True)
sms = typer.Typer(help="Text messages.", no_args_is_help=True)


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
        stop("--language: vi, en")
    try:
        findings = relay.check(read_settings(), allow or [], authority, now=SystemClock().now())
    except relay.CannotCheckError as error:
        stop(f"{translate(f'relay.{error.key}', language, error.facts)}")
    for each in findings:
        mark = "ok" if each.level is relay.Level.FINE else "!!"
        typer.echo(f"{mark}  {translate(f'relay.{each.key}', language, each.facts)}")
    raise typer.Exit(relay.worst(findings))


@sms.command("test")
def sms_test(
    number: Annotated[str, typer.Argument(help="A phone of your own, as 0868123456.")],
    gateway: Annotated[str, typer.Option(help="One of those configured; left out, the first.")] = "",
) -> None:
    """Send one text by a configured gateway and say what it answered; exit code 1 when it was not taken."""
    settings = read_settings()
    with plain_errors():
        answer = working.send_test(settings, number, gateway, now=SystemClock().now())
    typer.echo(answer.text)
    raise typer.Exit(0 if answer.is_taken else 1)
