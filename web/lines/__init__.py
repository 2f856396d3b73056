"""Checks of a line: the page that makes one, and which stations need a better line."""
