"""Which tests have the machine to themselves."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = [
    HERE / "faults",
    HERE / "backends" / "test_ingest.py",
    *(HERE / "end_to_end" / f"test_{name}.py" for name in ("clients", "processes")),
    *(HERE / "web" / f"test_{name}.py" for name in ("leaks", "slow_clients", "transport_sink")),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what counts on the machine's speed, or measures memory and buffers: beside others it would starve."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in ALONE):
            item.add_marker(pytest.mark.alone)
