"""The measurements are no tests, but they must not rot unseen: every module of them can be imported, and the
worlds that are built by the acts of a day still can be.
"""

from importlib import import_module
from pathlib import Path

import pytest

from tests.bench.today import make_busy_day

BENCH = Path(__file__).parents[1] / "bench"
MODULES = sorted(".".join(path.relative_to(BENCH).with_suffix("").parts) for path in BENCH.rglob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_module_of_measurements_can_be_imported(name: str) -> None:
    assert import_module(f"tests.bench.{name}").__doc__


def test_a_busy_day_to_measure_can_be_made(tmp_path: Path) -> None:
    assert make_busy_day(tmp_path)
