"""Figures over what happened: who waited how long."""
