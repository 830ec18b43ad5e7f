"""One house for each run."""

import resource
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.faults_house import House


@pytest.fixture(autouse=True)
def enough_files() -> None:
    """Two thousand clients behind a proxy need six thousand descriptors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(16_384, most), most))


@pytest.fixture
def say(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a line that is seen even where pytest captures what is printed."""

    def print_line(line: str) -> None:
        with capfd.disabled():
            print(f"\n{request.node.name}: {line}", flush=True)

    return print_line


@pytest.fixture
async def house(tmp_path: Path, say: Callable[[str], None]) -> AsyncIterator[House]:
    """Everything that a run starts, ended after it."""
    house = House(tmp_path, say)
    yield house
    await house.close()
