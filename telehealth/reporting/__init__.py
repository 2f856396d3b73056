"""Figures over what happened: who waited how long, how calls went, whom texts reached."""
