"""Lock files never fall below a version that closed a hole we are exposed to, and agree with each other."""

import re
from pathlib import Path

import pytest

from tests.upkeep import sources

FLOORS = {
    "starlette": ("1.0.1", "path and Range parsing, CVE-2025-62727 and later"),
    "python-multipart": ("0.0.26", "quadratic form parsing, CVE-2026-40347"),
    "aiortc": ("1.16.0", "every fingerprint of an answer must match"),
    "jinja2": ("3.1.6", "sandbox escape, CVE-2025-27516"),
    "h11": ("0.16.0", "request smuggling, CVE-2025-43859"),
    "cryptography": ("46.0.0", "the OpenSSL it carries is still maintained"),
}
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(sources.read(Path(name))))


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@pytest.mark.parametrize(("package", "floor", "why"), [(p, *f) for p, f in FLOORS.items()])
def test_no_package_is_older_than_its_floor(package: str, floor: str, why: str) -> None:
    assert as_numbers(pins("requirements-test.lock")[package]) >= as_numbers(floor), why


def test_both_lock_files_pin_the_same_versions() -> None:
    runtime, test = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: test.get(name) for name in runtime} == runtime


def test_every_pin_carries_hashes() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        blocks = re.split(r"\n(?=[a-z0-9])", sources.read(Path(lock)).strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
