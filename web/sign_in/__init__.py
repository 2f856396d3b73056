"""Signing in and out, switching between colleagues, setting a first password."""
