"""Whether tests can have a laboratory: where they cannot, the run fails, unless it was told to do without."""

import os

import pytest

from tests.support.laboratory import namespaces

WITHOUT = "TELEHEALTH_TESTS_WITHOUT_LABORATORY"


def demand_or_say() -> None:
    """Fail the test with what is missing; skip it where the run was told to do without a laboratory."""
    try:
        namespaces.demand()
    except namespaces.UnavailableError as error:
        if os.environ.get(WITHOUT) == "1":
            pytest.skip(f"{error} {WITHOUT}=1 says to do without.")
        pytest.fail(f"{error} Run the tests as root, or say {WITHOUT}=1 to do without.", pytrace=False)
