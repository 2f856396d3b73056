"""`telehealth sms test` sends by whatever gateway is configured and says in words what came of it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telehealth.cli import app
from tests.support.sms_vendors import sms_vendor


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run the command with settings."""
    monkeypatch.setenv("TELEHEALTH_DATA_DIR", str(tmp_path))

    def run(*arguments: str, **settings: str):  # type: ignore[no-untyped-def]
        for name, value in settings.items():
            monkeypatch.setenv(f"TELEHEALTH_{name.upper()}", value)
        return CliRunner().invoke(app, ["sms", "test", *arguments])

    return run


def test_the_file_gateway_says_where_it_lies(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = run("0868 123 456")
    assert answer.exit_code == 0
    assert "sent.jsonl" in answer.output
    [line] = (tmp_path / "sms" / "sent.jsonl").read_text().splitlines()
    assert json.loads(line)["to"] == "+84868123456"


def test_a_vendor_is_asked_and_its_refusal_is_said(run) -> None:  # type: ignore[no-untyped-def]
    with sms_vendor() as vendor:
        account = {"sms_gateway": "file,esms", "sms_esms_url": vendor.address}
        account |= {"sms_esms_key": "k", "sms_esms_secret": "s"}
        assert run("0868123456", "--gateway", "esms", **account).exit_code == 0
        assert vendor.taken[0].to == "0868123456"
        vendor.next("refuse:103")
        refused = run("0868123456", "--gateway", "esms")
        assert refused.exit_code == 1
        assert "no-credit" in refused.output


@pytest.mark.parametrize(
    ("number", "settings", "words"),
    [
        ("123", {}, "phone-invalid"),
        ("0209 3850 123", {}, "takes no texts"),
        ("0868123456", {"sms_gateway": "pigeon"}, "file, esms, http, gammu"),
        ("0868123456", {"sms_gateway": "file,file"}, "same twice"),
        ("0868123456", {"sms_gateway": "esms"}, "SMS_ESMS_KEY"),
        ("0868123456", {"sms_gateway": "http"}, "SMS_HTTP_URL"),
        (
            "0868123456",
            {"sms_gateway": "http", "sms_http_url": "http://x", "sms_http_headers": "[1]"},
            "HEADERS",
        ),
        (
            "0868123456",
            {"sms_gateway": "http", "sms_http_url": "http://x", "sms_http_faults": '{"1": "odd"}'},
            "SMS_HTTP_FAULTS",
        ),
        (
            "0868123456",
            {"sms_gateway": "http", "sms_http_url": "http://x", "sms_http_callback_outcomes": '{"1": "odd"}'},
            "SMS_HTTP_CALLBACK_OUTCOMES",
        ),
        ("0868123456", {"sms_gateway": "gammu"}, "SMS_GAMMU_URL"),
        ("0868123456", {"sms_callback_secret": "short"}, "CALLBACK_SECRET"),
        ("0868123456", {"sms_quiet": "9pm"}, "SMS_QUIET"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(
    run, number: str, settings: dict[str, str], words: str
) -> None:  # type: ignore[no-untyped-def]
    answer = run(number, **settings)
    assert answer.exit_code == 1
    assert words in answer.output
    assert "Traceback" not in answer.output
