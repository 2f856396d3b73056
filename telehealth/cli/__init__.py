"""The `telehealth` command: one module for each kind of work."""

import gc

import typer

gc.disable()  # what is imported stays: to look for garbage meanwhile takes a fifth of every start
from telehealth.cli import lists, people, records, serving, ways  # noqa: E402

gc.enable()

app = typer.Typer(help="Telehealth xã: khám từ xa cho trạm y tế xã.", no_args_is_help=True)
app.registered_commands += serving.app.registered_commands
app.add_typer(people.staff, name="staff")
app.add_typer(people.token, name="token")
app.add_typer(records.keys, name="keys")
app.add_typer(lists.facility, name="facility")
app.add_typer(lists.holidays, name="holidays")
app.add_typer(lists.formulary, name="formulary")
app.add_typer(lists.codes, name="codes")
app.add_typer(lists.conditions, name="conditions")
app.add_typer(records.record, name="record")
app.add_typer(ways.push, name="push")
app.add_typer(ways.turn, name="turn")
app.add_typer(ways.sms, name="sms")
