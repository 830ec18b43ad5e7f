"""Real processes, a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.processes import Program, gateway, ingest

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the ingest job: a few sub-directories with files of some kilobytes."""
    root = tmp_path_factory.mktemp("material")
    for directory in ("alpha", "beta", "gamma", "delta"):
        (root / directory).mkdir()
        for number in range(12):
            (root / directory / f"{number}.txt").write_text(f"{directory} {number}\n" * 1500)
    return root


@pytest.fixture
def backend(material: Path) -> Iterator[Program]:
    """The ingest job, in a hurry."""
    program = ingest(material, "--rate-mib-per-second", "0.2", "--pause-seconds", "0.2")
    yield program
    program.stop()


@pytest.fixture
def server(backend: Program) -> Iterator[Program]:
    """The gateway in front of it."""
    program = gateway("serve", "--upstream", backend.address)
    yield program
    program.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless. Playwright holds the thread's event loop, so no asynchronous test may stand in its module."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield chromium
        chromium.close()
