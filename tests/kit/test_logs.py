"""What reaches a log: known keys, and in them no secret of an address and no number of a person."""

import pytest

from telehealth.kit.logs import REDACTED, hide, redact


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/k/0Ab9Zz", f"/k/{REDACTED}"),
        ("/activate/7hQ2xkTq/", f"/activate/{REDACTED}/"),
        ('"GET /activate/7hQ2xkTq?why=x HTTP/1.1"', f'"GET /activate/{REDACTED}?why=x HTTP/1.1"'),
        ("/calendar/0Ab9Zz.ics", f"/calendar/{REDACTED}"),
        ("/api/v1/appointments/1/calendar", "/api/v1/appointments/1/calendar"),
        ("phone 0868123456 refused", f"phone {REDACTED} refused"),
        ("/visits/01a209af-4a95-76af-ad2c-0e7c01c1d77b", "/visits/01a209af-4a95-76af-ad2c-0e7c01c1d77b"),
    ],
)
def test_secrets_and_numbers_are_hidden(text: str, kept: str) -> None:
    assert hide(text) == kept


def test_what_nobody_listed_is_not_logged() -> None:
    assert redact(None, "info", {"event": "request", "patient": "Bàn Thị Nái"}) == {"event": "request"}
