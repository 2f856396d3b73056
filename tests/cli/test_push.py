"""`telehealth push key`: a new pair each time, and where to put it."""

from typer.testing import CliRunner

from telehealth import fitting
from telehealth.cli import app
from telehealth.kit.settings import Settings
from tests.support.push import CONTACT


def test_the_printed_key_is_one_the_server_takes_and_its_public_half_fits() -> None:
    printed = [CliRunner().invoke(app, ["push", "key"], catch_exceptions=False).stdout for _ in range(2)]
    assert printed[0] != printed[1]
    first, *_, last = printed[0].splitlines()
    name, _, key = first.partition("=")
    assert name == "TELEHEALTH_PUSH_KEY"
    pusher = fitting.build_pusher(Settings(push_key=key, push_contact=CONTACT))
    assert pusher is not None
    assert last.endswith(pusher.public_key)
    assert "TELEHEALTH_PUSH_CONTACT" in printed[0]
