"""The gRPC backend of the systems that have one: ours and Envoy."""

from __future__ import annotations

from tests.benchmarks.payloads import Payload, write_templates
from tests.benchmarks.programs import Program
from tests.benchmarks.session import Bench


def start(bench: Bench, payload: Payload, hello: bool = True, turns: bool = False) -> tuple[Program, str]:
    """Starts native/backend.c; gives it and its address.

    Args:
        bench: where it runs.
        payload: what it sends.
        hello: True where each call first gets what the payload says.
        turns: True where each event goes to one call in turn, and not to every call.
    """
    messages = write_templates(bench.file("messages"), payload.messages)
    first = write_templates(bench.file("hello"), payload.hello) if hello and payload.hello else "-"
    program = bench.helper(bench.directory / "backend", messages, first, "turns" if turns else "each")
    return program, f"127.0.0.1:{program.until('port ([0-9]+)')}"
