"""Ours: `grpc-sse-gateway serve`, as it is installed, in front of a gRPC backend."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.payloads import Payload, descriptor_set
from tests.benchmarks.peers import backend
from tests.benchmarks.session import Bench, Session

_SHIPPED = "/api/"


def start(bench: Bench, payload: Payload, paths: Sequence[str] = (), turns: bool = False) -> Session:
    """Starts it with the shipped contract, or the benchmarks' own where the payload is not of the shipped one."""
    source, address = backend.start(bench, payload, turns=turns)
    asked = tuple(paths) or (payload.path,)
    contract = []
    if not all(path.startswith(_SHIPPED) for path in asked):
        file = bench.file("contract")
        file.write_bytes(descriptor_set())
        contract = ["--descriptor-set", str(file)]
    command = bench.python("gateway", "serve", "--port", "0", "--upstream", address, *contract)
    server = bench.server("env", "PYTHONUNBUFFERED=1", *command)
    port = int(server.until(r"page +http://[^/]+:(\d+)/"))
    return Session("gateway", server, source, port, asked, bench)
