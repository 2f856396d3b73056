"""A press for the tests of papers, and a key that signs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telehealth.kit.events import Bus
from telehealth.papers import service
from telehealth.papers.certificates import make_certificate
from telehealth.papers.press import Press
from telehealth.papers.signer import LocalSigner, Signer
from telehealth.visits.events import VisitAmended, VisitSigned
from tests.support.clock import FixedClock
from tests.support.visits import subscribe_visits


@pytest.fixture(scope="session")
def press() -> Iterator[Press]:
    """One press for all tests; with much patience, because machines are busy."""
    press = Press(deadline=120)
    yield press
    press.stop()


@pytest.fixture
def signer(tmp_path: Path, clock: FixedClock) -> LocalSigner:
    """A key with a certificate it signed itself."""
    return LocalSigner.load(*make_certificate(tmp_path, "Trạm Y tế xã Vi Hương", now=clock.now()))


@pytest.fixture
def bus(signer: LocalSigner) -> Bus:
    """A bus on which records are signed digitally and papers voided, as in the program."""
    bus = subscribe_visits(Bus())
    bus.extend(Signer, signer)
    bus.subscribe(VisitSigned, service.on_record_signed)
    bus.subscribe(VisitAmended, service.on_record_amended)
    bus.subscribe(VisitAmended, service.on_visit_amended)
    return bus
