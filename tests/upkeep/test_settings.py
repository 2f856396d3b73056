"""The list of settings in the documents is the one the program reads."""

import re

import pytest
from pydantic import SecretStr

from telehealth.kit.settings import PUSH_HOSTS, Settings
from tests.upkeep import sources

ROW = re.compile(r"^\| `TELEHEALTH_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


@pytest.fixture
def listed() -> dict[str, tuple[str, str]]:
    text = (sources.ROOT / "docs" / "running" / "README.md").read_text("utf-8")
    return {name.lower(): (default, meaning) for name, default, meaning in ROW.findall(text)}


def shown(default: object) -> str:
    """A default as the table has it; what is too long for a cell is named there."""
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    if value in ("", "{}", {}, (), None):
        return "empty"
    if value == PUSH_HOSTS:
        return "those of Chrome, Firefox, Safari, Edge"
    text = str(list(value) if isinstance(value, tuple) else value)
    return "JSON" if text.startswith("{") else f"`{text}`"


def test_every_setting_is_listed_with_its_default_and_its_own_words(
    listed: dict[str, tuple[str, str]],
) -> None:
    fields = Settings.model_fields.items()
    assert listed == {name: (shown(field.default), field.description) for name, field in fields}


def test_a_settings_file_example_names_only_settings_that_exist() -> None:
    text = (sources.ROOT / "deploy" / "settings.env.example").read_text("utf-8")
    named = {name.lower() for name in re.findall(r"TELEHEALTH_(\w+)=", text)}
    assert named
    assert named <= set(Settings.model_fields)


def test_the_containers_are_given_only_settings_that_exist() -> None:
    files = ("compose.yaml", "Dockerfile", "systemd/telehealth.service", "systemd/telehealth-worker.service")
    text = "\n".join((sources.ROOT / "deploy" / name).read_text("utf-8") for name in files)
    named = {name.lower() for name in re.findall(r"TELEHEALTH_([A-Z_]+)\b[:=]", text)}
    assert named
    assert named <= set(Settings.model_fields)
