"""Both sides run once, for all tests of the tables."""

from __future__ import annotations

import pytest

from tests.conformance.exchange import Run, run
from tests.conformance.tables import CASES, TEMPLATES


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What our gateway and Envoy made of every row."""
    return run(CASES, TEMPLATES, tmp_path_factory.mktemp("conformance"))
