"""Path templates stop the gateway from starting where they stop Envoy, or the table says why not."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.contract.contract import compile_contract
from gateway.errors import ContractError
from tests.conformance.cases import Template
from tests.conformance.contracts import template_contract
from tests.conformance.exchange import Run
from tests.conformance.tables import TEMPLATES

every_template = pytest.mark.parametrize("row", [pytest.param(row, id=row.reason) for row in TEMPLATES])


@every_template
def test_a_template_is_served_or_stops_the_start(row: Template) -> None:
    """The error names the method and the path."""
    try:
        (route,) = compile_contract(template_contract(row.text)).routes
    except ContractError as error:
        assert not row.served
        (problem,) = error.problems
        assert problem.element == "conformance.Template.Get"
        assert f"path {row.text!r}" in problem.reason
    else:
        assert (row.served, route.path.text) == (True, row.text)


@every_template
def test_envoy_serves_a_template_as_the_table_says(row: Template, both: Run) -> None:
    """Where it differs from ours, as the row says, and nowhere else."""
    served = row.reason in both.served
    assert (served != row.served) == bool(row.differs)


def test_every_template_has_a_reason_of_its_own() -> None:
    """No two rows of one name or of one template."""
    assert [name for name, count in Counter(row.reason for row in TEMPLATES).items() if count > 1] == []
    assert [text for text, count in Counter(row.text for row in TEMPLATES).items() if count > 1] == []
