"""`python -m telehealth.cli`: the same as `telehealth`."""

from telehealth.cli import app

app()
