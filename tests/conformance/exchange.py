"""The table's requests sent to our gateway and to Envoy, in front of one backend."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.cases import Case, Seen, Template
from tests.conformance.contracts import SERVICES, TEMPLATE_SERVICE, contract, template_contract
from tests.conformance.envoy import envoy, transcoder
from tests.conformance.recorder import Recorder, recording
from tests.support.gateways import running_gateway

_ALL = "all requests"
"""The listener of the table's requests; the others are named after the reasons of their templates."""


class Outcomes(NamedTuple):
    """What became of one request, over HTTP."""

    gateway: Seen
    """Behind our gateway."""
    envoy: Seen
    """Behind Envoy."""


class Run(NamedTuple):
    """What both sides made of the tables."""

    outcomes: dict[str, Outcomes]
    """What became of each request, by its reason."""
    served: frozenset[str]
    """The reasons of the templates that Envoy serves."""


def run(cases: Sequence[Case], templates: Sequence[Template], directory: Path) -> Run:
    """Sends each request to our gateway and to one Envoy, one after the other, and has Envoy read each template.

    Args:
        cases: the requests.
        templates: path templates; each is a contract of its own.
        directory: for the files of both.
    """
    return asyncio.run(_run(cases, templates, directory))


async def _run(cases: Sequence[Case], templates: Sequence[Template], directory: Path) -> Run:
    file = directory / "contract.binpb"
    file.write_bytes(contract())
    listeners = {_ALL: transcoder(contract(), SERVICES)}
    listeners |= {each.reason: transcoder(template_contract(each.text), [TEMPLATE_SERVICE]) for each in templates}
    async with (
        recording() as (recorder, port),
        running_gateway(f"127.0.0.1:{port}", contract={"descriptor_sets": [str(file)]}) as ours,
        envoy(directory, listeners, port) as theirs,
    ):
        ports = await theirs.listeners()
        at = (int(ours.url.rpartition(":")[2]), ports.pop(_ALL))
        outcomes = {each.reason: Outcomes(*[await _seen(each, port, recorder) for port in at]) for each in cases}
    return Run(outcomes, frozenset(ports))


async def _seen(case: Case, port: int, recorder: Recorder) -> Seen:
    status = await _answered(case, port)
    return Seen(status, recorder.taken())


async def _answered(case: Case, port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head, content = [f"{case.http_method} {case.target} HTTP/1.1", "Host: x", "Connection: close"], b""
    if case.content is not None:
        content_type, content = case.content
        head += [f"Content-Type: {content_type}", f"Content-Length: {len(content)}"]
    writer.write("\r\n".join([*head, "", ""]).encode() + content)
    response = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return int(response.split(b" ", 2)[1])
