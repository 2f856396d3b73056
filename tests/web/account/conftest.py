"""Fixtures of these tests: people who can sign in, and the application they use."""

from tests.web.signing_in import app, browser, hashes, make_app, people

__all__ = ["app", "browser", "hashes", "make_app", "people"]
