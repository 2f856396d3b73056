"""The list of settings in the documents is the one the program reads."""

import re

import pytest

from telehealth.kit.settings import Settings
from tests.upkeep import sources

ROW = re.compile(r"^\| `TELEHEALTH_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


@pytest.fixture
def listed() -> dict[str, str]:
    text = (sources.ROOT / "docs" / "running" / "README.md").read_text("utf-8")
    return {name.lower(): meaning for name, _, meaning in ROW.findall(text)}


def test_every_setting_is_listed_with_its_own_words(listed: dict[str, str]) -> None:
    assert listed == {name: field.description for name, field in Settings.model_fields.items()}


def test_a_settings_file_example_names_only_settings_that_exist() -> None:
    text = (sources.ROOT / "deploy" / "settings.env.example").read_text("utf-8")
    named = {name.lower() for name in re.findall(r"TELEHEALTH_(\w+)=", text)}
    assert named <= set(Settings.model_fields)
