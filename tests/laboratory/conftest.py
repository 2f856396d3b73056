"""A laboratory for the tests of this folder, or a plain word why there is none."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from playwright.sync_api import Playwright

from tests.support.laboratory.gate import demand_or_say
from tests.support.laboratory.links import Laboratory, open_laboratory
from tests.support.laboratory.shaping import Shape
from tests.support.laboratory.stage import LaboratoryStage, open_stage


@pytest.fixture(scope="session")
def may_have_a_laboratory() -> None:
    """Fail where this machine cannot have one, unless the run was told to do without."""
    demand_or_say()


@pytest.fixture(scope="session")
def built(may_have_a_laboratory: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Sites `station` and `doctor`, and `witness` for whoever must be the first to use a link."""
    with open_laboratory(tmp_path_factory.mktemp("links"), ["station", "doctor", "witness"]) as opened:
        yield opened


@pytest.fixture
def laboratory(built: Laboratory) -> Laboratory:
    """The sites with links without limits, whatever the test before did to them."""
    built.forward(True)
    for site in built.sites.values():
        site.shape(up=asdict(Shape()), down=asdict(Shape()))
    return built


@pytest.fixture(scope="session")
def stage(
    may_have_a_laboratory: None, tmp_path_factory: pytest.TempPathFactory, playwright: Playwright
) -> Iterator[LaboratoryStage]:
    """Server, relay and the browsers of station and doctor, for the calls of this run."""
    with open_stage(tmp_path_factory.mktemp("laboratory"), playwright) as opened:
        yield opened
