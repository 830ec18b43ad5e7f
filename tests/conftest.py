"""Which tests have the machine to themselves."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = [HERE / "faults", HERE / "end_to_end", *(HERE / "web" / f"test_{name}.py" for name in ("leaks", "slow_clients"))]
ALONE.append(HERE / "web" / "test_transport_sink.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what starts processes and browsers, or measures memory and buffers: beside others it would starve."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in ALONE):
            item.add_marker(pytest.mark.alone)
