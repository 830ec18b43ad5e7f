"""The systems that are compared: each module starts one, as a session without clients."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.payloads import Payload
from tests.benchmarks.peers import envoy, floor, gateway, nchan, python_server
from tests.benchmarks.session import Bench, Session

Start = Callable[[Bench, Payload], Session]
OURS = "gateway"
IN_PYTHON = ("litestar", "sse-starlette", "fastapi")
"""Those that are measured less often, because they are far away."""
SYSTEMS: dict[str, Start] = {
    OURS: gateway.start,
    "nchan": nchan.start,
    "envoy": envoy.start,
    "floor": floor.start,
    **{name: python_server.starter(name) for name in IN_PYTHON},
}
"""By name; the first is ours."""
