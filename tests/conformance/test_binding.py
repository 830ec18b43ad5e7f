"""HTTP requests become the gRPC requests that Envoy's transcoder makes of them, or the table says why not."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import DecodeError

from gateway.contract.descriptors import Descriptors, message_class
from tests.conformance.cases import Case, Outcome, Refused, Seen, Sent
from tests.conformance.contracts import SERVICES, contract
from tests.conformance.exchange import Run
from tests.conformance.ours import Contract
from tests.conformance.tables import CASES

every_case = pytest.mark.parametrize("case", [pytest.param(case, id=case.reason) for case in CASES])


@cache
def requests() -> dict[str, Any]:
    """The class of each method's request, in a pool of its own."""
    pool = Descriptors(contract()).pool
    services = [pool.FindServiceByName(name) for name in SERVICES]
    return {method.name: message_class(method.input_type) for service in services for method in service.methods}


@cache
def alone() -> Contract:
    """The contract, compiled."""
    return Contract(contract())


def same(outcome: Outcome, seen: Seen) -> bool:
    """True where what the table says is what was seen: an equal message, or no call and an error."""
    if isinstance(outcome, Refused):
        return not seen.calls and seen.status >= 400
    return seen.status == 200 and [(name, parsed(name, data)) for name, data in seen.calls] == [
        (outcome.method, expected(outcome))
    ]


def parsed(method: str, data: bytes) -> bytes:
    """A request in the one serialisation that equal messages have; as it is where it cannot be parsed."""
    try:
        return canonical(requests()[method].FromString(data))
    except DecodeError:
        return data


def expected(sent: Sent) -> bytes:
    """What the table says was sent, in the one serialisation that equal messages have."""
    if isinstance(sent.message, bytes):
        return sent.message
    return canonical(ParseDict(sent.message, requests()[sent.method]()))


def canonical(message: Any) -> bytes:
    """Equal for equal messages; messages themselves do not compare where they hold a NaN."""
    data: bytes = message.SerializeToString(deterministic=True)
    return data


@every_case
def test_the_contract_makes_of_a_request_what_the_table_says(case: Case) -> None:
    """Router and binder, without a server."""
    seen = alone().seen(case)
    assert same(case.outcome, seen), seen
    assert isinstance(case.outcome, Sent) or seen.status == case.outcome.status


@every_case
def test_the_gateway_makes_of_a_request_what_the_table_says(case: Case, both: Run) -> None:
    """Over HTTP, to a backend that keeps what it is asked."""
    seen = both.outcomes[case.reason].gateway
    assert same(case.outcome, seen), seen
    assert isinstance(case.outcome, Sent) or seen.status == case.outcome.status


@every_case
def test_envoy_makes_of_a_request_what_the_table_says(case: Case, both: Run) -> None:
    """Where it differs from ours, as the row says, and nowhere else."""
    seen = both.outcomes[case.reason].envoy
    assert same(case.envoy or case.outcome, seen), seen
    assert same(case.outcome, seen) is not bool(case.differs), "it differs without a reason, or no longer differs"


def test_the_table_has_a_reason_for_every_row_and_every_difference() -> None:
    """No two rows of one name or of one request, no difference without what Envoy does and why we do not."""
    assert [name for name, count in Counter(case.reason for case in CASES).items() if count > 1] == []
    assert [name for name, count in Counter((case.request, case.body) for case in CASES).items() if count > 1] == []
    assert [case.reason for case in CASES if (case.envoy is None) != (case.differs == "")] == []
    assert [case.reason for case in CASES if case.differs and not case.differs.startswith("Envoy ")] == []
    assert len(CASES) >= 150


def test_every_method_of_the_contract_has_a_row() -> None:
    """And a row in which it is called."""
    called = {case.outcome.method for case in CASES if isinstance(case.outcome, Sent)}
    assert called == set(requests())
