"""Files that others wrote are kept as they were published, each with its licence beside it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.upkeep import sources

LISTS = [path for path in sources.tracked() if path.name == "VENDOR.json"]


@pytest.mark.parametrize("path", LISTS, ids=str)
def test_vendored_files_are_as_listed(path: Path) -> None:
    folder = sources.ROOT / path.parent
    for entry in json.loads(sources.read(path)):
        file = folder / entry["file"]
        assert sha256(file.read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert (folder / entry["licence_file"]).exists(), entry["file"]


@pytest.mark.parametrize("suffix", [".js", ".woff2", ".ttf"])
def test_no_vendored_file_is_unlisted(suffix: str) -> None:
    listed = {path.parent / entry["file"] for path in LISTS for entry in json.loads(sources.read(path))}
    listed = {Path(*_resolved(path)) for path in listed}
    foreign = [p for p in sources.files(suffix=suffix) if "vendor" in p.parts or suffix != ".js"]
    assert [str(p) for p in foreign if p not in listed] == []


def _resolved(path: Path) -> tuple[str, ...]:
    return (sources.ROOT / path).resolve().relative_to(sources.ROOT).parts
