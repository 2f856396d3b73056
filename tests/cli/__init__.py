"""The `telehealth` command, run as an operator runs it."""
