"""The clinical encounter and its structured, signed record."""
